# reprise_add_plugin(source-kafka SOURCES a.cpp b.cpp [LIBRARIES lib ...] [MANIFEST file])
# A plugin: a MODULE with hidden visibility, one exported symbol, and its plugin.yaml in the ELF section
# .reprise_manifest, and the numbers of the interface it was built for in .reprise_abi. The result is <build>/plugins/<name>.so.
set(REPRISE_PLUGIN_DIR ${CMAKE_BINARY_DIR}/plugins)
set(REPRISE_PLUGIN_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

# All plugins of the product, to build them in one go.
add_custom_target(reprise_plugins)

function(reprise_add_plugin name)
  cmake_parse_arguments(P "" "MANIFEST;OUTPUT_DIR" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT P_MANIFEST)
    set(P_MANIFEST ${CMAKE_CURRENT_SOURCE_DIR}/plugin.yaml)
  endif()
  if(NOT P_OUTPUT_DIR)
    add_dependencies(reprise_plugins ${name})
    set(P_OUTPUT_DIR ${REPRISE_PLUGIN_DIR})
  endif()
  set(manifest_source ${CMAKE_CURRENT_BINARY_DIR}/${name}_manifest.S)
  file(CONFIGURE OUTPUT ${manifest_source} @ONLY CONTENT [[
#include <reprise/plugin.h>
/* The manifest's text, where it is read without dlopen, and the reprise_text that the plugin's entry points to. */
    .section .reprise_manifest,"a",%progbits
reprise_manifest_begin:
    .incbin "@P_MANIFEST@"
reprise_manifest_end:
/* The numbers of the interface, where they are read without dlopen. */
    .section .reprise_abi,"a",%progbits
    .balign 4
    .4byte REPRISE_ABI_MAGIC, REPRISE_ABI_MAJOR, REPRISE_ABI_MINOR, REPRISE_RECORD_SIZE
    .section .data.rel.ro.reprise_manifest,"aw",%progbits
    .balign 8
    .global reprise_manifest
    .hidden reprise_manifest
    .type reprise_manifest, %object
    .size reprise_manifest, 16
reprise_manifest:
    .8byte reprise_manifest_begin
    .8byte reprise_manifest_end - reprise_manifest_begin
    .section .note.GNU-stack,"",%progbits
]])
  set_source_files_properties(${manifest_source} PROPERTIES
    LANGUAGE C OBJECT_DEPENDS ${P_MANIFEST} COMPILE_OPTIONS -xassembler-with-cpp)

  add_library(${name} MODULE ${P_SOURCES} ${manifest_source})
  set_target_properties(${name} PROPERTIES
    PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${P_OUTPUT_DIR}
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${REPRISE_PLUGIN_CMAKE_DIR}/plugin.map)
  target_compile_definitions(${name} PRIVATE REPRISE_PLUGIN_BUILD=1)
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${REPRISE_PLUGIN_CMAKE_DIR}/plugin.map -Wl,-z,relro,-z,now)
  if(NOT REPRISE_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  target_link_libraries(${name} PRIVATE reprise::sdk reprise::warnings ${P_LIBRARIES})
endfunction()
