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
  (cd "$source/tests" &&
    LD_LIBRARY_PATH=$source/src:$source/src-cpp RDKAFKA_TEST_CONF=$home/test.conf \
    TEST_KAFKA_VERSION=4.3.1 TEST_LEVEL=1 ./test-runner -p"${PEER_JOBS:-5}" -Q -E 2>&1 || true) |
    tee /dev/stderr | sed 's/\x1b\[[0-9;]*m//g' | awk -F'|' '
      $3 ~ /PASSED/ { print "PASS " $2 } $3 ~ /FAILED/ { print "FAIL " $2 }
      $3 ~ /SKIPPED/ { print "SKIP " $2 }' | tr -s ' ' | sed 's/ $//' | grep -v ' TOTAL$'
}

# A Go module's own tests, in a copy that can be written: MODULE@VERSION, then arguments of go test.
go_suite() {
  local source=$home/source directory
  if [ ! -e "$source" ]; then
    directory=$(cd "$home" && go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    cp -r "$directory" "$source.new" && chmod -R u+w "$source.new" && mv "$source.new" "$source"
  fi
  shift
  (cd "$source" && go test -mod=mod -count=1 -v "$@" 2>&1 || true) | tee /dev/stderr |
    sed -n 's/^ *--- \(PASS\|FAIL\|SKIP\): \([^ ]*\) .*/\1 \2/p'
}

run_franz-go() {
  KGO_SEEDS=$address KGO_TEST_RF=1 KGO_TEST_RECORDS=${PEER_RECORDS:-50000} \
    go_suite github.com/twmb/franz-go@v1.22.2 -timeout 30m ./pkg/kgo/
}

run_kafka-go() {
  # Its tests of net.Conn panic after their end, and end the whole run with them.
  KAFKA_VERSION=4.3.1 go_suite github.com/segmentio/kafka-go@v0.4.51 -timeout 30m \
    -skip TestConn/nettest .
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
    touch "$source/test/__init__.py"  # the archive lacks it, and Python has a "test" of its own
  fi
  (cd "$source" && KAFKA_URI=kafka://$address KAFKA_VERSION=4.3.1 \
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
