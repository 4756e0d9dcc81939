# What `find_package(Slicer)` finds in tests: a fake for the part of Slicer's build system that an extension of
# scripted modules uses. It takes the same arguments as the originals (Slicer 5.10 and 5.12: SlicerMacroBuildScriptedModule,
# SlicerMacroPythonTesting; CTK: ctkMacroCompilePythonScript), refuses what they refuse, and installs the listed files
# under their relative paths. It compiles nothing, packs nothing and starts no Slicer.

set(Slicer_USE_FILE ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_GENERATE_CONFIG ${CMAKE_CURRENT_LIST_DIR}/WriteMetadata.cmake)
set(Slicer_EXTENSION_CPACK ${CMAKE_CURRENT_LIST_DIR}/CheckPackage.cmake)
