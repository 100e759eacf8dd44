# Part of ./dev: looks at the machine and says what to do. Changes nothing.

doctor_bad=0
good() { printf '  ok    %-22s %s\n' "$1" "$2"; }
note() { printf '  note  %-22s %s\n' "$1" "$2"; }
bad() {
  printf '  BAD   %-22s %s\n' "$1" "$2"
  doctor_bad=$((doctor_bad + 1))
}

# at_least HAVE NEED: compares versions.
at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# tool NAME NEED VERSION-COMMAND...: the first number that the command prints.
tool() {
  local name=$1 need=$2 have
  shift 2
  if ! command -v "$1" >/dev/null; then
    note "$name" "not there; ./dev installs it when a verb needs it"
    return
  fi
  have=$("$@" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)
  if at_least "$have" "$need"; then good "$name" "$have"; else bad "$name" "$have is older than $need; remove it from PATH or update it"; fi
}

check_packages() {
  local name missing=()
  for name in build kafka bench lint; do
    mapfile -t missing < <(missing_packages "$name")
    if ((${#missing[@]} == 0)); then good "packages: $name" "all there"; else note "packages: $name" "./dev will install: ${missing[*]}"; fi
  done
  if ((EUID == 0)); then
    good "rights" "root"
  elif command -v sudo >/dev/null; then
    good "rights" "sudo"
  else
    note "rights" "neither root nor sudo: install missing packages as root yourself"
  fi
}

check_resources() {
  local free_mb memory_mb files
  free_mb=$(df -Pm "$root" | awk 'NR == 2 { print $4 }')
  memory_mb=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  files=$(ulimit -n)
  if ((free_mb >= 6000)); then good "disk" "$free_mb MB free"; else bad "disk" "$free_mb MB free in $root; all presets and the demo need 6000: ./dev clean, or make room"; fi
  if ((memory_mb >= 2500)); then good "memory" "$memory_mb MB available"; else bad "memory" "$memory_mb MB available; the broker and a compiler need 2500: end other programs"; fi
  if [[ $files == unlimited ]] || ((files >= 1024)); then good "open files" "$files"; else bad "open files" "$files; raise it: ulimit -n 4096"; fi
  good "cores" "$(nproc), $(jobs) compilers at once"
}

check_ports() {
  local low _
  if (($(free_ports 6 | wc -w) == 6)); then good "ports" "free ones on 127.0.0.1 between 20000 and 31999"; fi
  read -r low _ </proc/sys/net/ipv4/ip_local_port_range
  ((low >= 32000)) || note "ports" "the kernel gives clients ports from $low on; a broker may have to try twice"
  [[ -z ${KAFKA_BOOTSTRAP:-} ]] && return
  if check_reachable "$KAFKA_BOOTSTRAP"; then good "KAFKA_BOOTSTRAP" "$KAFKA_BOOTSTRAP answers"; else bad "KAFKA_BOOTSTRAP" "nothing answers at $KAFKA_BOOTSTRAP: start it, or unset the variable"; fi
}

check_kafka() {
  local pid file
  if [[ -d $(kafka_libs) ]]; then good "Kafka $(kafka_version)" "$(kafka_libs)"; else note "Kafka $(kafka_version)" "./dev will fetch it (43 MB) into $(kafka_libs)"; fi
  [[ -d $run_root ]] || return 0
  while IFS= read -r -d '' file; do
    if pid=$(broker_pid "$(dirname "$file")"); then note "broker" "pid $pid runs in $(dirname "$file"); ./dev clean --run stops it"; fi
  done < <(find "$run_root" -name kafka.pid -print0)
}

check_machine() {
  local system
  system=$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release 2>/dev/null)
  good "system" "${system:-unknown}, $(uname -m), kernel $(uname -r)"
  command -v apt-get >/dev/null || note "system" "no apt-get: install what is missing yourself (Debian 12's names are in tools/setup.sh)"
  tool g++ 12 g++ -dumpfullversion
  tool clang++ 14 clang++-14 --version
  tool cmake 3.25 cmake --version
  tool ninja 1.10 ninja --version
  tool ccache 4.0 ccache --version
  tool java 17 java -version
  tool maven 3.8 mvn -v
  check_packages
  check_resources
  check_ports
  check_kafka
  if ((doctor_bad > 0)); then die "doctor: $doctor_bad problems, marked BAD above"; fi
  say "== nothing in the way"
}
