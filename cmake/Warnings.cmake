# reprise::warnings: what every target of ours is compiled with. Link it PRIVATE.
add_library(reprise_warnings INTERFACE)
add_library(reprise::warnings ALIAS reprise_warnings)
target_compile_options(reprise_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression> # the macros of rd_kafka_producev are such
  $<$<BOOL:${REPRISE_WERROR}>:-Werror>)
target_compile_options(reprise_warnings INTERFACE -fno-omit-frame-pointer)
if(REPRISE_SANITIZE)
  # UndefinedBehaviorSanitizer makes three times the work of Catch2's macros, and they are not what is tested: the files of the
  # tests themselves do without it, and without optimisation.
  string(REPLACE ",undefined" "" sanitize_tests "${REPRISE_SANITIZE}")
  string(REPLACE "," "$<COMMA>" sanitize "${REPRISE_SANITIZE}")
  set(is_test $<BOOL:$<TARGET_PROPERTY:REPRISE_IS_TEST>>)
  target_compile_options(reprise_warnings INTERFACE
    "$<IF:${is_test},-fsanitize=${sanitize_tests},-fsanitize=${sanitize}>" "$<${is_test}:-O0>" -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${REPRISE_SANITIZE})
else()
  target_compile_options(reprise_warnings INTERFACE -fstack-protector-strong -D_GLIBCXX_ASSERTIONS)
endif()
if(REPRISE_FAILPOINTS)
  target_compile_definitions(reprise_warnings INTERFACE REPRISE_FAILPOINTS=1)
endif()
# Includes are written from the root of the tree: "host/base/result.hpp", "lib/kafka/handles.hpp".
target_include_directories(reprise_warnings INTERFACE ${CMAKE_SOURCE_DIR})
