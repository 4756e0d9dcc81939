<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
    <context>
        <name>Clinical</name>
        <message>
            <source>5. Clinical data</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Age, years:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>As it shall stand in the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>At diagnosis, 18 to 110</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Clinical T stage (AJCC), before treatment</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Clinical nodal status</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>ER:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Estrogen receptor</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Fill in the longest diameter of the contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>From contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Grade:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>HER2 status after all tests, not an immunohistochemistry score</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>HER2:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Histological grade</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Longest diameter before treatment, mm</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Nodal status:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>PR:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patient ID:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Progesterone receptor</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show values that this model does not use</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>T stage:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>They are kept with the patient and go into the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Tumour size, mm:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>not known</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>optional</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>CohortPanel</name>
        <message>
            <source>A row a patient: the patient's name, features as numbers, clinical variables and outcomes. CSV, Excel or Parquet.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>All contours on one page, to look through, in the web browser.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>All cores</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>CSV file with one row a patient: patient_id, a column for each image and tumor contour, clinical variables, outcomes. Paths in it are relative to the file.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Check and extract</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cohort and settings</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cohort table:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Deep features on:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Every problem of the cohort table; the header of the table is row 1.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Feature sets:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Features of the protocol above</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open contact sheet</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open folder</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Or: features of another program</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Output folder:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patients without a result, the step that failed, and why. The next run tries them again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patients worked on at the same time, one core and some 3 GB of memory each.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Processes:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Protocol:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Puts this folder into the Training tab.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Result</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Table of features:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The feature tables, failures and contact sheet go here. A folder with an earlier run of the same cohort goes on where that run ended.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The output folder in the file manager.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Then a model of them scores patients from images; else from such tables alone.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Use these features for training</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Where the deep networks run. Handcrafted features are always computed on the CPU.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Which images, how they are prepared, how wide the shell is.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>Contour</name>
        <message>
            <source> %</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>&amp;Contour:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>3. Tumour contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>70 % is usual for functional tumour volume</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Add an empty tumour contour to draw in, and show the image for it</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Box:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Create contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Enhancement:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Make and show the image after contrast less the one before it</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Marks what enhances by at least this percentage inside a box around the tumour. A start for your own contour: check and correct it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>New box</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Put a box into the middle of the slice views; then drag its handles so that it encloses the tumour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Region of interest around the tumour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Replace the contour by what enhances inside the box</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show enhancement</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show three linked slice views along the image's own axes, not one large one</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Suggest contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Suggest from enhancement</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The contours that the model needs, the image each is drawn on, and whether it is there</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Three planes</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>Images</name>
        <message>
            <source>2. Images</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Fill in the images whose names or DICOM tags tell what they are. Look at the choice before you go on.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Guess from names and DICOM tags</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Images by their tags, all phases, contours (SEG, RTSTRUCT), scanner, age, patient ID and date; opens the DICOM browser where nothing is chosen in it</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Load a real MRI with a contour and clinical data. Nothing is downloaded.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Load the sample patient</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Load the study chosen in the DICOM browser</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Optional: other phases, scanners</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>Model</name>
        <message>
            <source>1. Model</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Model:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The model that scores the patient; the last entry takes a model file (.nacmodel) of your own or of a colleague</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponse</name>
        <message>
            <source>&lt;p&gt;Predicts from pre-treatment MRI and CT how a breast cancer responds to neoadjuvant chemotherapy: contour the tumour, make the peritumoral shell, enter the clinical data, and score the patient; or train and validate models on a cohort of your own.&lt;/p&gt;&lt;p&gt;&lt;b&gt;Research use only: not for diagnosis or treatment decisions.&lt;/b&gt;&lt;/p&gt;&lt;p&gt;The sample patient is one of the collection &lt;a href='https://doi.org/10.7937/K9/TCIA.2016.QHSYHJKY'&gt;Breast-MRI-NACT-Pilot&lt;/a&gt;.&lt;/p&gt;</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cohort</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Loading the sample patient</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Making the shell</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Not tested: these packages are missing: {names}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patient</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Scoring</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Test passed</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The sample patient: Newitt D, Hylton N, Breast-MRI-NACT-Pilot, The Cancer Imaging Archive, CC BY 3.0. Features: as pyradiomics defines them, and MedicalNet; models: XGBoost.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Training</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.cohortReview</name>
        <message>
            <source>The contour on {contour} was deleted: open the patient again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{file} is no file that holds the contour alone ({kinds}): correct it where it was made.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{table} has no patient {patient}.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.contourSteps</name>
        <message>
            <source>A contour can be suggested on the MRI only.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.dependencies</name>
        <message>
            <source>DICOM segmentations and structured reports</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Excel tables</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse needs Python packages that Slicer does not have yet:

{packages}

They will be downloaded from the Python Package Index and installed in Slicer's Python. What Slicer already has stays as it is. Install them now?</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse: install Python packages</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Not installed while testing: {names}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>This step needs Python packages that are not installed: {names}. Run it again to install them.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>deep image features; a large download</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>downloads the networks' weights</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>feature tables on disk</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>figures of the training report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>harmonization of scanners</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>networks for deep image features</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>one thread a process</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>outlines in the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>oversampling of the smaller class</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>pictures in the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>reads and writes DICOM</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>reads protocols and recipes</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>statistics and model building</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>tables</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>the models' trees</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>writes the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{names} are still missing after the installation. Restart Slicer and try again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{names} could not be installed: {reason} Slicer's error log has the details.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{package} ({use}) is missing: install the extension {extension} in the Extensions Manager, then restart Slicer.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.dicomStudy</name>
        <message>
            <source>Dynamic series</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Dynamic series browser</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Images, contours and size of the examination before were cleared.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No image can be read in the study: {reason}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No series is clearly the image {name}: choose it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Several segments may be the contour on {contour} ({names}): take one in Segmentations.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>What belonged to the patient before was cleared, typed values, too.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} cannot be read: {reason}</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.patientChecks</name>
        <message>
            <source> or </source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>CE-T1</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>CT</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the CE-T1 image.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the T1 image before contrast.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the image after contrast.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the image that the tumour is contoured on ({names}).</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Contour the tumour on {contour} first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Expected {expected}, found {found}: {remedy}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Images, contours or entries were changed since the score was made: score again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Place a box about the tumour.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Points on the chest wall were changed since: make the shell again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Several segments are marked as {role}: remove all but one.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>T1 before contrast</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>T1 later phase</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>T2</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The contour on {contour} is empty: draw the tumour.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The contour was changed since: make the shell again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The model needs a clinical value: {label}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The model needs the image {name}: choose it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The model was trained on features of another program ({name}), which cannot be computed from images here: score with 'nacresponse score --features FILE'.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The score uses the model's margin of {model:g} mm, not the {shown:g} mm of the shell shown.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The settings were changed since: make the shell again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>You edited {names}: make the shell again to use it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} was edited by hand, which is not used: edit the contour, skin, chest wall or breast instead.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.patientDicom</name>
        <message>
            <source> and </source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>A file of Slicer's DICOM database cannot be read: import the series again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>DICOM is saved of what was scored: score again first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Files of Slicer's DICOM database were replaced since: import the series again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>In DICOM, {names} have different patient IDs.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Score the patient first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Slicer's DICOM database is not open</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The report cannot be printed: this Slicer has no web view, and WeasyPrint is not installed.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The score is not the one shown when it is made again: score again. Nothing was saved.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The segmentation does not lie on the image's voxels. Nothing was saved.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The segmentation refers to another series or phase. Nothing was saved.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>it was not loaded from DICOM</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>its DICOM instances hold {frames} pictures for {slices} slices, as of several phases, and which of them it shows is not recorded</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{count} of its {all} DICOM instances are not in Slicer's DICOM database: import the series again</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{image} cannot be referred to in DICOM: {problem}.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.patientLogic</name>
        <message>
            <source>Files are saved of what was scored: score again first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The model cannot be read: {reason}</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.patientOutputs</name>
        <message>
            <source>Features</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The contour on {contour} was deleted meanwhile.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There are no features yet: score the patient first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no report yet: score the patient first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no score yet: score the patient first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>What drove the score</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.pdfReport</name>
        <message>
            <source>A report is being printed still.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The report could not be read by the web view.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The report could not be saved: {reason}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The web view could not print the report.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The web view did not print the report in time.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>This Slicer has no web view: open the report in the web browser and print it there.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.processRunner</name>
        <message>
            <source>({count} earlier lines are left out)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cancelled.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>It took longer than {seconds:g} seconds and was ended.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The program ended with status {status}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The program ended with status {status}: {line}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The program was ended by signal {number}; the memory may be too small.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{program} could not be started: {reason}.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.resultViews</name>
        <message>
            <source>1 - specificity</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Chance</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Feature set</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Input</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse ROC</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse contributions</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse metrics</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Partitions</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Percentage points</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Points</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Positive class: {name}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>ROC, {positive} positive</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Sensitivity</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Value</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>What moved the probability</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{count} other inputs</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{metric}, SD</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} (AUC {auc:.3f})</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.sceneBridge</name>
        <message>
            <source>Segment {id} is not in {name} any more.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Segment {name} is empty.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Volume {name} has no voxels.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Volume {name} has several values a voxel: choose a grey-scale one.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.scoreView</name>
        <message>
            <source>0 %</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>100 %</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Among {group}: {lower} scored lower. Each row: how many had {positive}, of how many with such a score.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>At stake: up to {points:.0f} points.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Warning: {text}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>all {patients} training patients, since {reason}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>the {patients} training patients who are {subtype} as this patient is</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>this patient</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>threshold {threshold}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{count} other inputs</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{positives} of {patients}</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.subtraction</name>
        <message>
            <source>{image} less before contrast</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.suggestion</name>
        <message>
            <source>Draw the box about the tumour first: it has no size yet.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No voxel of the image lies in the box: place it about the tumour, or enlarge it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The box lies outside the image: place it about the tumour.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.trainingChecks</name>
        <message>
            <source>Choose a folder for the results that is not the features' own.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the cohort's table: CSV, Excel or Parquet.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the folder for the features.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the folder for the results.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the folder of extracted features.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose the table of features: CSV, Excel or Parquet.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose what is to be predicted.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Install the weights of {names} first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The recipe is for features of the protocol {wanted}; these are of {found}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The recipe needs {names} features: extract them with the protocol {protocol}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no file {path}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no folder {path}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no protocol '{name}'.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no recipe '{name}'.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>There is no table of {names} in {path}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{path} cannot be read: {reason}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{path} cannot be written: choose another folder.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{path} holds other files ({name}): choose an empty or a new folder.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{path} is a file: choose a folder.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{path} is not a folder of extracted features: cases.csv is missing.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.trainingLogic</name>
        <message>
            <source>Download MedicalNet ResNet-{depth} (about {size} MB) from TencentMedicalNet/MedicalNet-Resnet{depth} on Hugging Face?

The weights are published by Tencent under the MIT licence (Chen, Ma and Zheng, Med3D, arXiv:1904.00625). They stay on this computer; nothing is sent.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.trainingResults</name>
        <message>
            <source>No feature set with imaging beside one without it: nothing can be said on what imaging adds.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>NACResponseSlicer.wallPoints</name>
        <message>
            <source>Chest wall points ({contour})</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Skin points ({contour})</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>ReviewPanel</name>
        <message>
            <source>Accept</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Correct the contour in the Segment Editor, and come back here.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Edit...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Every patient's contour: axial, coronal and sagittal plane through the tumour, and the whole axial slice.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Leave the patient out of training and validation; give the reason first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Load the patient's images and contours.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open in the views</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Reason:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Reject</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Review the contours</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Reviewer:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save the contour and compute again</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The contours are as they should be.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Why the patient is rejected; named wherever she is left out.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Writes the corrected contour over its file, whose first version is kept beside it, and extracts what is not finished any more: this patient.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Your name or initials, kept with each decision.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>Score</name>
        <message>
            <source>6. Score</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>As a table</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Contoured by:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Examined on:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Name or initials of whoever drew the contours, for the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open both examinations side by side in the web browser</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open the comparison</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open the report in the web browser</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Research use only: not for diagnosis or treatment decisions.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save all...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save features...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save report as PDF...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save report...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save score, features, report and the masks of tumour and shell into a folder</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save the features as a CSV file</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save the report as an HTML file</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save the report on A4 pages</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show chart</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show the contributions as a chart beside the images</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Side:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The breast that was examined, for the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The date of the examination, for the report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>What moved the probability, in percentage points from the average patient's:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>YYYY-MM-DD</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>Shell</name>
        <message>
            <source> mm</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>4. Peritumoral shell</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Leave out skin and chest wall</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Margin:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No contour of this model has a shell: its images show neither chest wall nor skin all round, or it does not use one.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show, and correct where needed. What you edit is used as you left it when the shell is made again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The shell never extends into air</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Thickness of the shell around the tumour. A model fixes its own margin for the score.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>TrainingPanel</name>
        <message>
            <source>As the recipe says</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Copies the model file (.nacmodel).</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Feature sets:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Features and settings</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Features folder:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>How features are selected and models trained and validated.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>How often the patients are split at random into a training and a test part.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>In the layout's plot view.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Makes it the model of the Patient tab.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Mean over the partitions; the standard deviation in parentheses.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Output folder:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Partitions:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Predict:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Recipe:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Result</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save model as...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save report as PDF...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show ROC curves</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Tables, report and model go here.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The outcome. The model gives the probability of the class that is named.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The output folder of the Cohort tab.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The whole report on A4 pages.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The whole report, in the web browser.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Train and validate</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Use this model</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Which of the run's models is used or saved. Each is refitted on all patients.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>WeightsPanel</name>
        <message>
            <source>Asks first: what, from where, how large, under which licence.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Download...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Install from file...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>MedicalNet's networks. Choose one to install its weights.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Takes a file of MedicalNet's weights (.pth) that you have. Nothing is downloaded.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Weights of the deep networks</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.bindings</name>
        <message>
            <source>Choose a file</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>From a file...</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.clinical</name>
        <message>
            <source>(missing)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Size: longest diameter of the {contour} contour.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The typed size is kept: clear it to take the contour's.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>negative</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>not known</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>positive</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.cohort</name>
        <message>
            <source>Another step is still running.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cancelled. What is finished is kept: 'Extract features' goes on where this run ended.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Check the cohort table</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose at least one feature set.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cohort table</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Column</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Columns that it reads: {columns}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Computes what is not finished yet. A cancelled run goes on later.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Done.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Done; {failed} failed, see the table.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Extract features</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Graphics card (CUDA)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Graphics card if there is one</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Import the table</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No problems. {plan}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Output folder</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patient</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Problem</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Problems in the table: {count}. Row 1 is the header.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Processor</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Protocol (*.yaml)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Reads the table and every file's header; computes and writes nothing.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Reason</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Row</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Step</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Table of features</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Tables (*.csv *.tsv *.xlsx *.parquet)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The cohort table cannot be used yet: correct it and check again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The files of these rows cannot be read: their patients are left out.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The output folder holds no finished extraction yet.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{failed} failed; the next run tries them again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{finished} of {patients} patients are finished ({sets}).</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} (weights missing)</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.contour</name>
        <message>
            <source>Create {contour} contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Replace the present contour?</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Taken from {name}: check and correct it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The difference is shown; the contour stays on its image.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>missing</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>no image yet</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{contour} (on {image}): {state}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{contour} contour: longest diameter {mm:.0f} mm, volume {mm3:,.0f} mm³ ({cm3:.1f} cm³).</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{contour} contour: longest diameter {mm:.0f} mm.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.dicomButton</name>
        <message>
            <source>Another score was made meanwhile: save again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Folder for the DICOM files</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Printing...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save as DICOM...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save tumour and shell as DICOM SEG, measurements and probability as structured report, and the report as DICOM PDF; for images that were loaded from DICOM</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Saved in {folder}: {names}. The segmentations lie on the voxels of the series shown.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The report is being printed.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.followupButton</name>
        <message>
            <source>Another score was made meanwhile: compare again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>By longest diameter, like RECIST 1.1: {response}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Compare with an earlier result...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Folder of the earlier result</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Volume, longest diameter and score beside those of an earlier examination of this patient, whose results were saved with 'Save all' or by 'nacresponse score'</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Warning: {text}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{label}: {earlier:.1f} to {later:.1f} {unit}</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.imageRows</name>
        <message>
            <source>missing</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>optional</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.images</name>
        <message>
            <source>, time point {time}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>CT</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>CT of the chest</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose a study in the DICOM browser, then come back and press the button again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Contrast-enhanced T1-weighted MRI, early after contrast (about 90 seconds)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Guessed, please check:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>MRI</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Name of the scanner, as in the model's training table; only models that harmonize use it</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No name or DICOM tag tells which image is which. Please choose yourself.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>One frame of ultrasound</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>One mammogram</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>PET</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>T2-weighted MRI</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Taken from DICOM, please check:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The same sequence before contrast; only to suggest a contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The same sequence some minutes after contrast; only to describe a suggested contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The sample patient is loaded: go on with the shell or the score.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>unknown</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{contour} contour: segment {name}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{contour} scanner:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{count} phases are a sequence (module Sequences).</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{image}{when}; contour {contour}</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.model</name>
        <message>
            <source>A demonstration trained on synthetic patients: its score says nothing about a real one.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Licence: {licence}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>May stay unknown: {names}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Model (*.nacmodel)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Needs: {needs}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Not a shipped model: whoever gave it to you can say who made it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Positive class: {positive}; negative class: {negative}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Trained on {patients} patients, {positives} of them of the positive class: {cohort}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} (demonstration)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} contour</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.moreFields</name>
        <message>
            <source>(missing)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>not known</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.otherTools</name>
        <message>
            <source>It draws into this contour; Slicer's arrow 'back' in the toolbar returns here</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Open {tool}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Other segment</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Replace the contour by this segment</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Segments of this scene that other programs made, or that came from DICOM</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Take as contour</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.partsList</name>
        <message>
            <source>Keep this part in the contour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Part {number}: {mm3:,.0f} mm³</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.pdfButton</name>
        <message>
            <source>PDF document (*.pdf)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Printing...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Report saved: {path}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save report as PDF</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>This Slicer has no web view: open the report in the web browser and print it there.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.review</name>
        <message>
            <source>Contours</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Decision</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>No warnings.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patient</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Saved: {files}. The first version is kept beside it, with '{mark}' in its name.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>accepted</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>rejected</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{accepted} accepted, {rejected} rejected, {open} to look at; most doubtful first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{patient} is in the views.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{patient}: {decision}; kept in review.csv.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.runBar</name>
        <message>
            <source>Cancel</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cancelled.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cancelling...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Details...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Done.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>End the run. What was there before stays as it is.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse: output of the last run</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Running for {spent:.0f} s.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Running...</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Show everything that the last run wrote.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The last run took {last:.0f} s.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.score</name>
        <message>
            <source> or </source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>At {level} confidence neither class is usual with such a score</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>At {level} confidence: {classes}, both remain possible</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>At {level} confidence: {classes}; the other class would be unusual with such a score</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Empty folder for the results</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Features saved: {path}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Patient {patient}, model {model} {version}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Predicted class: &lt;b&gt;{predicted}&lt;/b&gt; ({side} the threshold of {threshold})</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Probability of {positive}: {probability}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Report saved: {path}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save features</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save report</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Saved in {path}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Score</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Table (*.csv)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The list of models is being read.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>This model learned nothing: no class is predicted.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Web page (*.html)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>What moved the probability, in percentage points from the average patient's {average}:</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>as DICOM says, or not recorded</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>at or above</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>below</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>bilateral</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>left</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>right</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{level} interval: {low} to {high}</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.shell</name>
        <message>
            <source>Anatomy: {status}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>As you edited them: {segments}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Breast</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Chest wall</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Correct it in the Segment Editor of step 3</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Edit</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Left out: {places}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Make {contour} shell</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Nothing was left out.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Shell</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Skin</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Tumour</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Warning: {text}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>air</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>chest wall</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>other tissue</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>skin</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{contour} shell: {shell} about a tumour of {tumor}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{segment} ({contour})</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.shellReview</name>
        <message>
            <source> and </source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Accept</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Accepted by {name}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Changed since it was accepted by {name}: accept it again.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Go through the slices in which the shell touches skin or chest wall</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Name of who accepts</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Record with your name and the time that contour and shell are right</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Slice {number} of {count} to look at: touches {kinds}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Slices to look at</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The shell touches neither skin nor chest wall.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>chest wall</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>skin</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>your name</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.suggestBox</name>
        <message>
            <source>Suggested from enhancement: check and correct it.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Suggestion box</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.training</name>
        <message>
            <source> and </source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>A study of signatures: predicts {positive}, from {features} features of the protocol {protocol}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Cancelled. Finished partitions are kept: the same run goes on where it was.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Choose at least one feature set.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Done.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Features folder</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Many partitions take long. A cancelled run goes on where it was.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Model (*{suffix})</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Outcome (*.yaml)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Output folder</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Recipe (*.yaml)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Save the model as</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Saved as {file}.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The Patient tab scores with this model now.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The model could not be saved: {reason}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>The output folder holds no finished run yet.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Train and validate</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{name} (final model)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{patients} patients, {positives} with {positive} (the positive class). Final model: {final}.</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.wallPointsRow</name>
        <message>
            <source>Mark the chest wall</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Mark the skin</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Remove</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Remove the points; the shell is made again without them</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Where the shell is cut at the wrong place: click on the front of the muscle in the slice views, a few points about the tumour. The right mouse button ends it. The shell is made again with them.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Where the skin is too thick or too thin: click where it ends, on its inner side. The right mouse button ends it. The shell is made again with them.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{count} points</source>
            <translation type="unfinished" />
        </message>
    </context>
    <context>
        <name>panels.weights</name>
        <message>
            <source>Choose a network in the table first.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Deep features need the weights of MedicalNet, which are not part of this extension. They are installed once and used for cohorts and for models that need them.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>From</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Installed</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Look again</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>NACResponse: download weights</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Network</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Reads anew which weights are installed.</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>ResNet-{depth}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>SHA-256</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Weights (*.pth *.pt);;All files (*)</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>Weights of ResNet-{depth}</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>no</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>yes</source>
            <translation type="unfinished" />
        </message>
        <message>
            <source>{network} is installed.</source>
            <translation type="unfinished" />
        </message>
    </context>
</TS>
