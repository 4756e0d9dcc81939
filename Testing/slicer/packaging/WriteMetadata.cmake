file(WRITE ${CMAKE_BINARY_DIR}/metadata.txt "")
foreach(name HOMEPAGE CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS)
  file(APPEND ${CMAKE_BINARY_DIR}/metadata.txt "${name}=${EXTENSION_${name}}\n")
endforeach()
