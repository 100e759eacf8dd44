# reprise_add_test(unit_base LABEL unit SOURCES a_test.cpp ... LIBRARIES reprise::base [TIMEOUT seconds])
# One Catch2 binary, one CTest entry. Labels: unit, contract, integration, e2e, chaos, soak.
find_package(Catch2 2.13 REQUIRED)

add_library(reprise_catch_main STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/support/catch_main.cpp)
target_link_libraries(reprise_catch_main PUBLIC Catch2::Catch2)

function(reprise_add_test name)
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 60)
  endif()
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBRARIES} reprise_catch_main reprise::warnings)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${T_LABEL} TIMEOUT ${T_TIMEOUT})
endfunction()
