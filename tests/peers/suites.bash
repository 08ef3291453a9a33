# The peers' suites: each function runs one against $address, with $home as its own folder in the
# cache, and prints lines "PASS name", "FAIL name" or "SKIP name". The rest goes to standard error.

suites=(librdkafka franz-go kafka-python kafka-go rdkafka)

# Sources of the crates rdkafka and rdkafka-sys, as Cargo brings them.
crates() {
  [ ! -e "$home/vendor" ] || return 0
  mkdir -p "$home/src" && touch "$home/src/lib.rs"
  printf '[package]\nname = "peers"\n[dependencies]\nrdkafka = "=0.39.0"\nrdkafka-sys = "=4.10.0"\n' \
    > "$home/Cargo.toml"
  (cd "$home" && cargo vendor --quiet vendor.new >&2 && mv vendor.new vendor)
}

run_librdkafka() {
  crates
  local source=$home/librdkafka
  if [ ! -x "$source/tests/test-runner" ]; then
    rm -rf "$source" && cp -r "$home/vendor/rdkafka-sys/librdkafka" "$source"
    (cd "$source" && ./configure --disable-ssl --disable-gssapi --disable-curl &&
      make -j2 libs && make -j2 -C tests test-runner) >"$home/build.log" 2>&1
  fi
  printf 'bootstrap.servers=%s\n' "$address" > "$home/test.conf"
  kafka_scripts "$home/kafka"
  # -Q: quick, -E: no sockets that fail, -L: not those that need no broker.
  (cd "$source/tests" &&
    LD_LIBRARY_PATH=$source/src:$source/src-cpp RDKAFKA_TEST_CONF=$home/test.conf \
    KAFKA_PATH=$home/kafka BROKERS=$address TEST_KAFKA_VERSION=4.3.1 TEST_LEVEL=1 \
    stdbuf -oL ./test-runner -p"${PEER_JOBS:-5}" -Q -E -L 2>&1 || true) | tee /dev/stderr |
    sed -nE 's/\x1b\[[0-9;]*m//g; s/^\| ([^ ]*) *\| *(PASS|FAIL|SKIP)[A-Z]* .*/\2 \1/p' |
    grep -v ' TOTAL$'
}

# Kafka's command line tools under the names that the suite calls.
kafka_scripts() {
  mkdir -p "$1/bin"
  local script class
  while read -r script class; do
    printf '#!/bin/sh\nexec "%s/tests/support/kafka/kafka" tool %s "$@"\n' "$top" "$class" \
      > "$1/bin/$script"
    chmod +x "$1/bin/$script"
  done <<'S'
kafka-topics.sh org.apache.kafka.tools.TopicCommand
kafka-configs.sh kafka.admin.ConfigCommand
kafka-acls.sh kafka.admin.AclCommand
S
}

# The source of a Go module MODULE@VERSION, in a copy that can be written.
go_source() {
  local directory
  [ ! -e "$home/source" ] || return 0
  directory=$(cd "$home" && go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp -r "$directory" "$home/source.new"
  chmod -R u+w "$home/source.new" && mv "$home/source.new" "$home/source"
}

go_results() {
  tee /dev/stderr | sed -n 's/^ *--- \(PASS\|FAIL\|SKIP\): \([^ ]*\) .*/\1 \2/p'
}

run_franz-go() {
  go_source github.com/twmb/franz-go@v1.22.2
  (cd "$home/source" && KGO_SEEDS=$address KGO_TEST_RF=1 KGO_TEST_RECORDS=${PEER_RECORDS:-50000} \
    go test -mod=mod -count=1 -v -timeout 30m -skip "$skip" ./pkg/kgo/ 2>&1 || true) | go_results
}

# Each test in a process of its own: some panic, and would end the others with them. Left out are
# those that always do (their helper has no way to connect), in the midst of their siblings.
run_kafka-go() {
  local skip='TestConn/nettest|TestReaderConsumerGroup/(verify_offset_committed|consumer_group_commits)'
  go_source github.com/segmentio/kafka-go@v0.4.51
  (cd "$home/source" && go test -mod=mod -c -o "$home/tests" . &&
    "$home/tests" -test.list '^Test' | while read -r name; do
      KAFKA_VERSION=4.3.1 "$home/tests" -test.v -test.timeout 120s -test.run "^$name\$" \
        -test.skip "$skip" 2>&1 || true
    done) | go_results
}

run_kafka-python() {
  local source=$home/kafka_python-3.0.12
  if [ ! -e "$source" ]; then
    python3 -m venv --clear "$home/venv"
    "$home/venv/bin/pip" install --quiet kafka-python==3.0.12 pytest==8.4.2 pytest-timeout==2.4.0 \
      lz4==4.4.5 python-snappy==0.7.3 zstandard==0.25.0 crc32c==2.9.post0 >&2
    "$home/venv/bin/pip" download --quiet --no-deps --no-binary :all: --dest "$home" \
      kafka-python==3.0.12 >&2
    tar -xf "$source.tar.gz" -C "$home"
    # What the archive lacks. (Python has a "test" package of its own, and services are started
    # by nobody when the broker is there already.)
    touch "$source/test/__init__.py"
    cp "$here/service.py" "$source/test/"
  fi
  (cd "$source" && KAFKA_URI=kafka://$address KAFKA_ROOT=$home KAFKA_VERSION=4.3.1 \
    "$home/venv/bin/python" -m pytest -v --timeout 120 -p no:cacheprovider test/integration 2>&1 || true) |
    tee /dev/stderr | sed -nE 's/^(test[^ ]*) (PASSED|SKIPPED|XFAIL).*/\2 \1/p;
      s/^(test[^ ]*) (FAILED|ERROR).*/FAIL \1/p' | sed 's/^PASSED/PASS/; s/^[SX][^ ]*/SKIP/'
}

run_rdkafka() {
  crates
  local source=$home/rdkafka
  [ -e "$source" ] || cp -r "$home/vendor/rdkafka" "$source"
  (cd "$source" && KAFKA_HOST=$address cargo test --no-fail-fast --tests -- --test-threads 2 2>&1 ||
    true) | tee /dev/stderr |
    sed -nE 's/^test (.*) \.\.\. (ok|FAILED|ignored).*/\2 \1/p' |
    sed 's/^ok/PASS/; s/^FAILED/FAIL/; s/^ignored/SKIP/'
}
