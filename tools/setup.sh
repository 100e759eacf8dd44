# Part of ./dev: what a machine must have. Installs by apt, and only what is missing.

# package[=command]: present when the command is, or the package. A JDK or Maven from elsewhere is as good.
packages_build=(
  "g++=g++" "git=git" "pkg-config=pkg-config" "cmake=cmake" "ninja-build=ninja" "ccache=ccache" librdkafka-dev librocksdb-dev libyaml-cpp-dev
  prometheus-cpp-dev catch2 libboost1.81-dev libssl-dev libc-ares-dev libsimdjson-dev libxxhash-dev libspdlog-dev libcli11-dev
  libjemalloc-dev zlib1g-dev libzstd-dev)
packages_kafka=("openjdk-17-jre-headless=java" "maven=mvn" "openssl=openssl")
packages_bench=("wrk=wrk" "nginx-light=nginx")
packages_lint=("clang-14=clang++-14" "clang-tidy-14=clang-tidy-14" "clang-format-14=clang-format-14" "shellcheck=shellcheck")

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# missing_packages GROUP...: the names, one a line.
missing_packages() {
  local name entry
  for name in "$@"; do
    local -n entries=packages_$name
    for entry in "${entries[@]}"; do
      if [[ $entry == *=* ]] && command -v "${entry#*=}" >/dev/null; then continue; fi
      is_installed "${entry%%=*}" || echo "${entry%%=*}"
    done
  done
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  local options=(-qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends)
  as_root apt-get -qq -o DPkg::Lock::Timeout=300 update || echo "the package lists could not be renewed; the old ones are used"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install "$@"
}

# set_up GROUP...: installs what is missing of the groups (build, kafka, bench, lint), and fetches Kafka's jars.
set_up() {
  local missing=() groups=() name
  for name in "$@"; do
    # A Kafka that is there needs neither Java nor jars.
    if [[ $name == kafka && -n ${KAFKA_BOOTSTRAP:-} ]]; then continue; fi
    groups+=("$name")
  done
  mapfile -t missing < <(missing_packages "${groups[@]}")
  if ((${#missing[@]})); then
    command -v apt-get >/dev/null || die "missing: ${missing[*]}; there is no apt-get here, so install them yourself"
    ((EUID == 0)) || command -v sudo >/dev/null || die "missing: ${missing[*]}; run as root: apt-get install ${missing[*]}"
    if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
      [[ -t 0 ]] || die "missing: ${missing[*]}; sudo wants a password and there is no terminal: apt-get install ${missing[*]}"
      say "sudo is needed to install: ${missing[*]}"
      sudo -v || die "sudo was refused"
    fi
    step "installing ${#missing[@]} packages" install_packages "${missing[@]}"
  fi
  if [[ " ${groups[*]} " == *" kafka "* && ! -d $(kafka_libs) ]]; then
    step "fetching Kafka $(kafka_version)" fetch_kafka
  fi
}
