include(CTest)

set(EXTENSION_NAME ${PROJECT_NAME})
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR lib/Slicer/qt-scripted-modules)
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR ${Slicer_QTSCRIPTEDMODULES_LIB_DIR})

function(_refuse_unless_complete call missing unknown)
  if(missing)
    message(FATAL_ERROR "${call}: ${missing} is mandatory")
  endif()
  if(unknown)
    message(FATAL_ERROR "${call}: unknown arguments ${unknown}")
  endif()
endfunction()

function(ctkMacroCompilePythonScript)
  cmake_parse_arguments(my "NO_INSTALL_SUBDIR;GLOBAL_TARGET" "TARGET_NAME;SOURCE_DIR;DESTINATION_DIR;INSTALL_DIR"
    "SCRIPTS;RESOURCES" ${ARGN})
  foreach(name TARGET_NAME SCRIPTS DESTINATION_DIR INSTALL_DIR)
    if(NOT my_${name})
      list(APPEND missing ${name})
    endif()
  endforeach()
  _refuse_unless_complete(ctkMacroCompilePythonScript "${missing}" "${my_UNPARSED_ARGUMENTS}")
  if(NOT my_SOURCE_DIR)
    set(my_SOURCE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  foreach(file ${my_SCRIPTS} ${my_RESOURCES})
    if(NOT EXISTS ${my_SOURCE_DIR}/${file} OR IS_DIRECTORY ${my_SOURCE_DIR}/${file})
      message(FATAL_ERROR "${my_TARGET_NAME} lists ${file}, which does not exist")
    endif()
    get_filename_component(folder ${file} DIRECTORY)
    install(FILES ${my_SOURCE_DIR}/${file} DESTINATION ${my_INSTALL_DIR}/${folder})
  endforeach()
  add_custom_target(Copy${my_TARGET_NAME}PythonScriptFiles ALL) # a second target of the name is an error, as in CTK
endfunction()

function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(my "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(NOT my_NAME)
    set(missing NAME)
  endif()
  _refuse_unless_complete(slicerMacroBuildScriptedModule "${missing}" "${my_UNPARSED_ARGUMENTS}")
  ctkMacroCompilePythonScript(
    TARGET_NAME ${my_NAME}
    SCRIPTS "${my_SCRIPTS}"
    RESOURCES "${my_RESOURCES}"
    DESTINATION_DIR ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}
    INSTALL_DIR ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}
    NO_INSTALL_SUBDIR
    )
  if(BUILD_TESTING AND my_WITH_GENERIC_TESTS)
    add_test(NAME py_nomainwindow_qSlicer${my_NAME}ModuleGenericTest COMMAND ${CMAKE_COMMAND} -E true)
  endif()
endfunction()

function(slicer_add_python_unittest)
  cmake_parse_arguments(my "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS" ${ARGN})
  _refuse_unless_complete(slicer_add_python_unittest "" "${my_UNPARSED_ARGUMENTS}")
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${my_SCRIPT})
    message(FATAL_ERROR "the test ${my_SCRIPT} does not exist")
  endif()
  get_filename_component(name ${my_SCRIPT} NAME_WE)
  add_test(NAME py_${my_TESTNAME_PREFIX}${name} COMMAND ${CMAKE_COMMAND} -E true)
endfunction()
