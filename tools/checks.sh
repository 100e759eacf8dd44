# Part of ./dev: running tests and checks over the tree.

tests_passed=0
tests_failed=0
failed_names=()

# ctest_run PRESET "what" JOBS CTEST-ARGUMENT...: runs the chosen tests and adds to the sums; a failure is kept for the end.
ctest_run() {
  local preset=$1 what=$2 jobs=$3
  shift 3
  local output=$run/ctest.xml
  local without_aslr=()
  # ThreadSanitizer of GCC 12 cannot map its shadow when the kernel spreads addresses over more than 28 bits.
  if [[ $preset == tsan ]] && setarch "$(uname -m)" -R true 2>/dev/null; then without_aslr=(setarch "$(uname -m)" -R); fi
  rm -f "$output"
  REPRISE_BUILD_DIR=$root/build/$preset shown "$what" "${without_aslr[@]}" ctest --test-dir "build/$preset" "$@" \
    -j "$jobs" --output-on-failure --no-tests=ignore --output-junit "$output" || true
  count_results "$preset" "$output" || die "$what: ctest left no result"
}

# count_results PRESET FILE: adds the counts of one JUnit file of ctest. A test that was not run for lack of its program is a failure there.
count_results() {
  [[ -s $2 ]] || return 1
  local all name failed=0
  all=$(sed -n 's/^[[:space:]]*tests="\([0-9]*\)".*/\1/p' "$2" | head -n 1)
  while IFS= read -r name; do
    failed_names+=("$name ($1)")
    failed=$((failed + 1))
  done < <(sed -n 's/.*<testcase name="\([^"]*\)".*status="\(fail\|notrun\)".*/\1/p' "$2")
  tests_passed=$((tests_passed + all - failed))
  tests_failed=$((tests_failed + failed))
}

tests_summary() {
  say "== all tests, $(seconds_since "$started_at") s in all"
  if ((tests_failed > 0)); then printf 'failed: %s\n' "${failed_names[@]}"; fi
  echo "$tests_passed passed, $tests_failed failed"
  ((tests_failed == 0)) || exit 1
  ((tests_passed > 0)) || die "no test ran"
}

source_files() { git ls-files --cached --others --exclude-standard -- '*.c' '*.cpp' '*.h' '*.hpp'; }

format_files() { source_files | xargs -r -d '\n' clang-format-14 --style=file "$@"; }

check_format() {
  local different
  different=$(source_files | xargs -r -d '\n' -n 1 -P "$(jobs)" bash -c 'clang-format-14 --style=file --dry-run -Werror "$1" 2>/dev/null || echo "$1"' _)
  [[ -z $different ]] || { printf 'not formatted, ./dev fmt does it:\n%s\n' "$different"; return 1; }
}

# Every shell script, by shellcheck where there is one, at least by bash itself.
check_scripts() {
  local files=()
  mapfile -t files < <(git ls-files --cached --others --exclude-standard | while IFS= read -r file; do
    if [[ $file == *.sh ]]; then printf '%s\n' "$file"; continue; fi
    [[ -f $file && $(head -c 2 "$file") == '#!' ]] && head -n 1 "$file" | grep -q 'sh$' && printf '%s\n' "$file"
  done || true)
  local file
  for file in "${files[@]}"; do bash -n "$file" || return 1; done
  command -v shellcheck >/dev/null || return 0
  # A part of a script uses what the others set.
  shellcheck -x -s bash -S warning -e SC2034,SC2154 "${files[@]}"
}

# changed_files: what differs from the main branch, or is not committed yet.
changed_files() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
  { git diff --name-only --diff-filter=d "$base"; git ls-files --others --exclude-standard; } | grep -E '\.cpp$' | sort -u
}

tidy_files() {
  local files
  if [[ ${1:-} == --all ]]; then files=$(source_files | grep -E '\.cpp$'); else files=$(changed_files || true); fi
  [[ -n $files ]] || { echo "nothing changed"; return 0; }
  # Only what the clang preset compiles has an entry to go by.
  local known
  known=$(grep -Fxf <(sed -n "s|^ *\"file\": \"$root/\(.*\)\".*|\1|p" build/clang/compile_commands.json) <<<"$files") || return 0
  xargs -r -d '\n' -n 4 -P "$(jobs)" clang-tidy-14 -p build/clang --quiet --warnings-as-errors='*' <<<"$known"
}
