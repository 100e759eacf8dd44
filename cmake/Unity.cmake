# Most of what the compiler does for one file is to read the same headers again. So the files of a test are compiled
# eight together, and the sanitizer presets, which are built rarely and as a whole, compile the files of every target together
# (CMAKE_UNITY_BUILD). Each file of the product still has to stand alone, as the other presets see to.
#
# These files have a local name in common with a neighbour of their target, so they are compiled alone.
function(reprise_compile_alone directory)
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/${directory} NORMALIZE)
    set_source_files_properties(${file} DIRECTORY ${CMAKE_SOURCE_DIR}/${directory} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
endfunction()

reprise_compile_alone(host/telemetry log_line.cpp metrics.cpp rate_limit.cpp)
reprise_compile_alone(host/config yaml_scan.cpp)
reprise_compile_alone(host/plugin probe.cpp)
reprise_compile_alone(host/state rocks_store.cpp)
reprise_compile_alone(host/replay replays.cpp)
reprise_compile_alone(host/rest connection.cpp request_checks.cpp server.cpp target.cpp)
reprise_compile_alone(host/config yaml_scan.cpp)
reprise_compile_alone(host/cli replay_command.cpp)
reprise_compile_alone(plugins/source-kafka src/source.cpp)
reprise_compile_alone(plugins/source-kafka/tests outage_test.cpp)
reprise_compile_alone(plugins/sink-webhook tests/fault_test.cpp tests/limits_test.cpp)
reprise_compile_alone(plugins/dedup/tests retention_test.cpp)
reprise_compile_alone(tests/documents trouble_lines_test.cpp)
reprise_compile_alone(tests/hostile webhook_flood_test.cpp webhook_surplus_test.cpp rows_of_a_file_test.cpp webhook_names_test.cpp webhook_verdict_test.cpp)
reprise_compile_alone(tests/unit/config table_file_test.cpp)
reprise_compile_alone(tests/unit/replay range_test.cpp request_test.cpp)
reprise_compile_alone(tests/unit/rest ../replay/rig_main.cpp)
reprise_compile_alone(tests/unit/runtime lanes_test.cpp scan_test.cpp)
