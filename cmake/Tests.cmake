# reprise_add_test(unit_base LABEL unit SOURCES a_test.cpp ... LIBRARIES reprise::base
#                  [DEPENDS target ...] [ENVIRONMENT NAME=value ...] [TIMEOUT seconds])
#   One Catch2 binary, one CTest entry. DEPENDS names what the test starts or loads: plugins, programs.
# reprise_add_program_test(e2e_restart LABEL e2e COMMAND program arg ... [DEPENDS ...] [ENVIRONMENT ...] [TIMEOUT seconds])
#   A CTest entry for a program or script that is its own test.
# ThreadSanitizer runs no test case with the tag [one-thread]: many rounds on one thread, in which it has nothing to see.
# Labels: unit, contract, integration, e2e, chaos, soak. The target tests_<label> builds what its tests need,
# and `field` the programs of the demo (add_dependencies(field receiver ...)).
find_package(Catch2 2.13 REQUIRED)

add_library(reprise_catch_main STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/support/catch_main.cpp)
target_link_libraries(reprise_catch_main PUBLIC Catch2::Catch2)

set(REPRISE_TEST_LABELS unit contract integration e2e chaos soak)
foreach(label IN LISTS REPRISE_TEST_LABELS)
  add_custom_target(tests_${label})
endforeach()
add_custom_target(field)

# The quotes keep a path with spaces one word for the sanitizer's own parser.
set(REPRISE_TEST_ENVIRONMENT
  "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions='${CMAKE_SOURCE_DIR}/tests/sanitizers/tsan.supp'")

function(reprise_label_test name label timeout environment)
  if(NOT label IN_LIST REPRISE_TEST_LABELS)
    message(FATAL_ERROR "test ${name}: unknown label \"${label}\" (one of: ${REPRISE_TEST_LABELS})")
  endif()
  if(NOT timeout)
    set(timeout 60)
  endif()
  if(REPRISE_SANITIZE) # a deadline is there to end what hangs, and what is checked runs up to ten times as long
    math(EXPR timeout "${timeout} * 5")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout}
    ENVIRONMENT "${REPRISE_TEST_ENVIRONMENT};${environment}")
endfunction()

function(reprise_add_test name)
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES;DEPENDS;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE ${T_LIBRARIES} reprise_catch_main reprise::warnings)
  set_target_properties(${name} PROPERTIES REPRISE_IS_TEST ON # see Warnings.cmake
    UNITY_BUILD ON) # see Unity.cmake
  if(REPRISE_SANITIZE STREQUAL "thread")
    add_test(NAME ${name} COMMAND ${name} ~[one-thread])
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  reprise_label_test(${name} "${T_LABEL}" "${T_TIMEOUT}" "${T_ENVIRONMENT}")
  add_dependencies(tests_${T_LABEL} ${name})
  if(T_DEPENDS)
    add_dependencies(${name} ${T_DEPENDS})
  endif()
endfunction()

function(reprise_add_program_test name)
  cmake_parse_arguments(T "" "LABEL;TIMEOUT" "COMMAND;DEPENDS;ENVIRONMENT" ${ARGN})
  add_test(NAME ${name} COMMAND ${T_COMMAND})
  reprise_label_test(${name} "${T_LABEL}" "${T_TIMEOUT}" "${T_ENVIRONMENT}")
  if(T_DEPENDS)
    add_dependencies(tests_${T_LABEL} ${T_DEPENDS})
  endif()
endfunction()
