# One RabbitMQ node on loopback, for the scripts beside this file, which read it with ".". They set data (a folder) and their own traps.

fail() { echo "$(basename "$0"): $*" >&2; exit 69; }

# Debian's own /usr/sbin/rabbitmq-server switches to the user rabbitmq and its folders; the one below does neither.
programs=/usr/lib/rabbitmq/bin
[ -x "$programs/rabbitmq-server" ] || programs=$(dirname "$(command -v rabbitmq-server || fail "rabbitmq-server is not installed")")
command -v epmd >/dev/null || fail "epmd (erlang-base) is not installed"

# Below the range of ephemeral ports, where an outgoing connection of the next moment cannot take the port.
free_port() {
  local candidate
  for _ in $(seq 200); do
    candidate=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then echo "$candidate"; return; fi
  done
  fail "no free port"
}

# Its own epmd: the machine's, or one that RabbitMQ would start as a daemon, would outlive the script. Sets epmd_pid.
epmd_port=""; epmd_pid=""
start_epmd() {
  epmd_port=$(free_port)
  epmd -port "$epmd_port" -address 127.0.0.1 >"$data/epmd.log" 2>&1 </dev/null &
  epmd_pid=$!
  for _ in $(seq 100); do epmd -port "$epmd_port" -names >/dev/null 2>&1 && return; sleep 0.05; done
}

# Becomes a program in the node's own environment: what the caller's says of RabbitMQ must not reach it. For a subshell.
#   of_node HOME NAME PROGRAM [ARGUMENT...]
of_node() {
  local home=$1 name=$2; shift 2
  exec env -u RABBITMQ_PID_FILE -u RABBITMQ_USE_LONGNAME -u NOTIFY_SOCKET \
    HOME="$data" ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$home/rabbitmq" RABBITMQ_CONFIG_FILES="$home/conf.d" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_GENERATED_CONFIG_DIR="$home/generated" \
    RABBITMQ_NODENAME="$name@localhost" "$@"
}

# Starts a node in the background, with what is in HOME/rabbitmq.conf and HOME/enabled_plugins. Sets node_pid.
#   start_node HOME NAME PORT DISTRIBUTION_PORT
start_node() {
  local home=$1 name=$2 port=$3 distribution_port=$4
  mkdir -p "$home/log" "$home/mnesia" "$home/conf.d"
  touch "$home/rabbitmq.conf"
  [ -s "$home/enabled_plugins" ] || echo "[]." > "$home/enabled_plugins"
  : > "$home/log/console.log"
  RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$distribution_port" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    of_node "$home" "$name" "$programs/rabbitmq-server" >"$home/log/console.log" 2>&1 </dev/null &
  node_pid=$!
}

ended() { ! kill -0 "$1" 2>/dev/null; }

#   wait_for_node HOME PID
wait_for_node() {
  local log="$1/log/console.log"
  for _ in $(seq 1200); do
    grep -q "completed with" "$log" && return 0
    if ended "$2"; then tail -n 40 "$log" >&2; fail "RabbitMQ did not start"; fi
    sleep 0.1
  done
  fail "RabbitMQ was not ready within 120 s"
}

# The node takes no messages for a while, as when it is low on memory: everyone who publishes is blocked, then told to go on.
#   raise_alarm HOME NAME MILLISECONDS
raise_alarm() {
  eval_on "$1" "$2" \
    "vm_memory_monitor:set_vm_memory_high_watermark(0.000001), timer:sleep($3), vm_memory_monitor:set_vm_memory_high_watermark(0.4)."
}

#   eval_on HOME NAME ERLANG
eval_on() {
  (of_node "$1" "$2" "$programs/rabbitmqctl" --silent eval "$3" >/dev/null)
}
