# Part of ./dev: a throw-away Apache Kafka (KRaft, one node) on loopback. What it offers: tools/kafka/README.md.
# A broker is a folder: server.properties, data/, tls/, env, kafka.log and kafka.pid. Needs die and step's environment.

pinned_version() { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" "$root/tools/kafka/pom.xml"; }
# The pinned version, unless `--version` asked for another one.
kafka_version() { echo "${wanted_kafka:-$(pinned_version kafka.version)}"; }
kafka_libs() { printf '%s/kafka-libs/%s' "$cache" "$(kafka_version)"; }

# Into a folder aside first: the name exists only when everything is there, also with two checkouts at once.
fetch_kafka() {
  local libs aside
  libs=$(kafka_libs)
  mkdir -p "$(dirname "$libs")"
  aside=$(mktemp -d "$libs.XXXXXX")
  if ! mvn -q -B -f "$root/tools/kafka/pom.xml" "-Dkafka.version=$(kafka_version)" dependency:copy-dependencies \
    "-DoutputDirectory=$aside"; then
    rm -rf "$aside"
    return 1
  fi
  chmod 755 "$aside"
  mv -T "$aside" "$libs" 2>/dev/null || rm -rf "$aside"
  [[ -d $libs ]]
}

kafka_java() { # kafka_java JVM-OPTION... CLASS ARGUMENT...
  exec java -cp "$root/tools/kafka:$(kafka_libs)/*" "$@"
}

# wait_until SECONDS COMMAND...: asks every 50 ms; fails when the time is over.
wait_until() {
  local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@"; do
    ((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
    sleep 0.05
  done
}

# check_reachable HOST:PORT[,...]: one of them accepts a connection within 5 s.
check_reachable() {
  local address
  for address in ${1//,/ }; do
    timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "${address%:*}" "${address##*:}" 2>/dev/null && return 0
  done
  return 1
}

# free_ports N: numbers that nobody listens on, below the range that the kernel hands out to clients.
free_ports() {
  local port found=" "
  while (($(wc -w <<<"$found") < $1)); do
    port=$((20000 + RANDOM % 12000))
    [[ $found == *" $port "* ]] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || found+="$port "
  done
  printf '%s' "$found"
}

# --- files of a broker -----------------------------------------------------------------------------------------

# make_certificate DIR NAME SUBJECT EXTENSIONS: NAME.crt and NAME.key, signed by the CA of the folder.
make_certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1/$2.key" -out "$1/$2.csr" -subj "$3" 2>/dev/null
  openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -days 30 -out "$1/$2.crt" \
    -extfile <(printf '%s\n' "$4") 2>/dev/null
  rm "$1/$2.csr"
}

make_tls() {
  local tls=$1
  mkdir -p "$tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=Reprise test CA" \
    -keyout "$tls/ca.key" -out "$tls/ca.crt" 2>/dev/null
  make_certificate "$tls" server "/CN=localhost" "subjectAltName=DNS:localhost,IP:127.0.0.1"
  make_certificate "$tls" client "/CN=reprise-client" "extendedKeyUsage=clientAuth"
  cat "$tls/server.key" "$tls/server.crt" >"$tls/server.pem"
}

# write_properties DIR PORT...: one listener for each way in.
write_properties() {
  local dir=$1 names=(PLAINTEXT CONTROLLER SSL MTLS SASL_PLAINTEXT SASL_SSL) listeners='' advertised='' i
  shift
  local ports=("$@")
  for i in "${!names[@]}"; do
    listeners+="${names[i]}://127.0.0.1:${ports[i]},"
    [[ ${names[i]} == CONTROLLER ]] || advertised+="${names[i]}://127.0.0.1:${ports[i]},"
  done
  local jaas=org.apache.kafka.common.security name
  {
    cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports[1]}
listeners=${listeners%,}
advertised.listeners=${advertised%,}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,MTLS:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
# A killed broker is let in again when its former life has timed out: 3 s instead of 9.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Compaction and retention act within seconds, so that tests need not wait for minutes.
log.cleaner.backoff.ms=500
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=1000
log.segment.delete.delay.ms=1000
ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/tls/ca.crt
listener.name.mtls.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
PROPERTIES
    for name in sasl_plaintext sasl_ssl; do
      echo "listener.name.$name.plain.sasl.jaas.config=$jaas.plain.PlainLoginModule required user_alice=\"alice-secret\";"
      echo "listener.name.$name.scram-sha-256.sasl.jaas.config=$jaas.scram.ScramLoginModule required;"
      echo "listener.name.$name.scram-sha-512.sasl.jaas.config=$jaas.scram.ScramLoginModule required;"
    done
  } >"$dir/server.properties"
}

# write_env DIR PORT...: what a client needs, as shell variables.
write_env() {
  local dir=$1 tls=$1/tls name
  shift
  local ports=("$@")
  # shellcheck disable=SC2034  # read by name below
  {
    local KAFKA_BOOTSTRAP=127.0.0.1:${ports[0]} KAFKA_SSL_BOOTSTRAP=127.0.0.1:${ports[2]} KAFKA_MTLS_BOOTSTRAP=127.0.0.1:${ports[3]}
    local KAFKA_SASL_PLAINTEXT_BOOTSTRAP=127.0.0.1:${ports[4]} KAFKA_SASL_SSL_BOOTSTRAP=127.0.0.1:${ports[5]}
    local KAFKA_SASL_PLAIN_BOOTSTRAP=127.0.0.1:${ports[4]} KAFKA_SCRAM_BOOTSTRAP=127.0.0.1:${ports[4]}
    local KAFKA_SCRAM_SSL_BOOTSTRAP=127.0.0.1:${ports[5]} KAFKA_SCRAM_CA=$tls/ca.crt
    local KAFKA_SASL_USERNAME=alice KAFKA_SASL_PASSWORD=alice-secret
    local KAFKA_CA=$tls/ca.crt KAFKA_CLIENT_CERT=$tls/client.crt KAFKA_CLIENT_KEY=$tls/client.key KAFKA_DIR=$dir
  }
  for name in BOOTSTRAP SSL_BOOTSTRAP MTLS_BOOTSTRAP SASL_PLAINTEXT_BOOTSTRAP SASL_SSL_BOOTSTRAP SASL_PLAIN_BOOTSTRAP SCRAM_BOOTSTRAP \
    SCRAM_SSL_BOOTSTRAP SCRAM_CA SASL_USERNAME SASL_PASSWORD CA CLIENT_CERT CLIENT_KEY DIR; do
    name=KAFKA_$name
    printf '%s=%q\n' "$name" "${!name}"
  done >"$dir/env"
}

broker_format() { # broker_format DIR
  local dir=$1 id
  local words=()
  read -ra words <<<"$(free_ports 6)"
  make_tls "$dir/tls"
  write_properties "$dir" "${words[@]}"
  write_env "$dir" "${words[@]}"
  id=R$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | head -c 21)
  (kafka_java -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" \
    --add-scram 'SCRAM-SHA-256=[name=alice,password=alice-secret]' \
    --add-scram 'SCRAM-SHA-512=[name=alice,password=alice-secret]')
}

# --- starting and stopping -------------------------------------------------------------------------------------

# The pid of the broker of this folder; fails when it does not run. A number that went to another process does not count.
broker_pid() {
  local pid
  pid=$(cat "$1/kafka.pid" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fxq "$1/server.properties" && echo "$pid"
}
broker_is_running() { broker_pid "$1" >/dev/null; }
broker_is_gone() { ! broker_pid "$1" >/dev/null; }
broker_has_started() { tail -c "+$2" "$1/kafka.log" | grep -q 'Kafka Server started'; }
# Of a broker that was just launched: for an instant its process still bears the name of this script, so any name will do. One
# that has ended has none.
broker_has_ended() { [[ -z $(tr -d '\0' 2>/dev/null <"/proc/$(cat "$1/kafka.pid")/cmdline") ]] 2>/dev/null; }
broker_has_settled() { broker_has_started "$@" || broker_has_ended "$1"; }

# broker_launch DIR [key=value...]: starts it on the data that is there; fails when it ends or does not answer in time.
broker_launch() {
  local dir=$1 from pinned=()
  shift
  if (($#)); then
    printf '%s\n' "$@" >>"$dir/server.properties"
  fi
  touch "$dir/kafka.log"
  from=$(($(stat -c %s "$dir/kafka.log") + 1))
  if [[ -n ${REPRISE_KAFKA_CPUS:-} ]]; then pinned=(taskset -c "$REPRISE_KAFKA_CPUS"); fi
  # A session of its own: the broker outlives this script when it is asked to.
  (
    cd "$dir" || exit 1
    # Nothing of the caller's stays open: a pipe that reads ./dev ends with it.
    exec </dev/null >>kafka.log 2>&1 {terminal}>&-
    setsid "${pinned[@]}" java -Xms256m -Xmx512m -XX:+UseSerialGC -cp "$root/tools/kafka:$(kafka_libs)/*" \
      kafka.Kafka "$dir/server.properties" &
    echo $! >kafka.pid
  )
  wait_until 60 broker_has_settled "$dir" "$from" && broker_has_started "$dir" "$from"
}

# What wrote the data of this folder, or what would.
broker_version() { cat "$1/formatted" 2>/dev/null || kafka_version; }

# broker_start DIR [key=value...]: idempotent; a folder that was used before starts on its own data and ports.
broker_start() {
  local dir=$1 attempt wanted_kafka=$wanted_kafka
  shift
  wanted_kafka=$(broker_version "$dir")
  [[ -d $(kafka_libs) ]] || fetch_kafka
  if broker_is_running "$dir"; then
    echo "runs already"
    return 0
  fi
  mkdir -p "$dir"
  if [[ -f $dir/formatted ]]; then
    broker_launch "$dir" "$@" || { tail -n 20 "$dir/kafka.log"; return 1; }
    return 0
  fi
  for attempt in 1 2 3; do
    rm -rf "$dir/data" "$dir/kafka.log"
    broker_format "$dir"
    if broker_launch "$dir" "$@"; then
      kafka_version >"$dir/formatted"
      return 0
    fi
    broker_kill "$dir"
    # Another program took one of the ports between the look and the start.
    grep -q 'Address already in use' "$dir/kafka.log" || break
    echo "attempt $attempt: a port was taken meanwhile"
  done
  tail -n 20 "$dir/kafka.log"
  return 1
}

broker_signal() { # broker_signal DIR SIGNAL SECONDS: sends it and waits for the end
  local pid
  if pid=$(broker_pid "$1"); then
    kill "-$2" "$pid" 2>/dev/null || true
    wait_until "$3" broker_is_gone "$1" || return 1
  fi
  rm -f "$1/kafka.pid"
}
broker_kill() { broker_signal "$1" KILL 10; }
broker_stop() { broker_signal "$1" TERM 20 || broker_kill "$1"; }

broker_status() {
  local pid
  if pid=$(broker_pid "$1"); then
    echo "Kafka runs, pid $pid, in $1"
    cat "$1/env"
  else
    echo "no Kafka runs in $1"
    return 3
  fi
}

# stop_brokers_below DIR: also those that a test started in a folder of its own and left.
stop_brokers_below() {
  local file
  [[ -d $1 ]] || return 0
  while IFS= read -r -d '' file; do broker_kill "$(dirname "$file")"; done < <(find "$1" -name kafka.pid -print0)
}

# librdkafka repeats its nonce in SCRAM before 2.6.1, and Kafka refuses that from 4.0 on.
scram_needs_older_kafka() { [[ $(printf '%s\n2.6.1\n' "$(pkg-config --modversion rdkafka)" | sort -V | head -n 1) != 2.6.1 ]]; }

export_broker() {
  set -a
  # shellcheck source=/dev/null
  source "$1/env"
  set +a
}
