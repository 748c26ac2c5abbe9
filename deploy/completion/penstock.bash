# bash completion for penstock; made by `penstock completion bash`.
_penstock()
{
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command="" words="" kind="" i
    local commands="run filter leases dead-letter healthcheck completion version help"
    COMPREPLY=()
    # bash takes --name=value apart at the equals sign.
    if [[ $word == = ]]; then
        word=""
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$command/${COMP_WORDS[i]}" in
        "/run") command="run" ;;
        "/filter") command="filter" ;;
        "/leases") command="leases" ;;
        "help/leases") command="help leases" ;;
        "leases/list") command="leases list" ;;
        "leases/describe") command="leases describe" ;;
        "leases/watch") command="leases watch" ;;
        "leases/lag") command="leases lag" ;;
        "leases/tree") command="leases tree" ;;
        "leases/workers") command="leases workers" ;;
        "leases/check") command="leases check" ;;
        "leases/export") command="leases export" ;;
        "leases/release") command="leases release" ;;
        "leases/rewind") command="leases rewind" ;;
        "leases/acknowledge") command="leases acknowledge" ;;
        "/dead-letter") command="dead-letter" ;;
        "help/dead-letter") command="help dead-letter" ;;
        "dead-letter/list") command="dead-letter list" ;;
        "dead-letter/show") command="dead-letter show" ;;
        "dead-letter/redrive") command="dead-letter redrive" ;;
        "/healthcheck") command="healthcheck" ;;
        "/completion") command="completion" ;;
        "/version") command="version" ;;
        "/help") command="help" ;;
        esac
    done
    case "$command $previous" in
    "run --table") kind=none ;;
    "run --stream-arn") kind=none ;;
    "run --start") words="trim-horizon latest" ;;
    "run --filter") kind=none ;;
    "run --filter-file") kind=-f ;;
    "run --format") words="typed plain" ;;
    "run --images") words="object text" ;;
    "run --include-attributes") kind=none ;;
    "run --exclude-attributes") kind=none ;;
    "run --firehose") kind=none ;;
    "run --kinesis") kind=none ;;
    "run --file") kind=-d ;;
    "run --flush-age") kind=none ;;
    "run --pack-bytes") kind=none ;;
    "run --requests-in-flight") kind=none ;;
    "run --firehose-bytes-per-second") kind=none ;;
    "run --dead-letter") kind=none ;;
    "run --large-records") kind=none ;;
    "run --spill") kind=none ;;
    "run --spill-after") kind=none ;;
    "run --app") kind=none ;;
    "run --worker-id") kind=none ;;
    "run --failover") kind=none ;;
    "run --max-leases") kind=none ;;
    "run --stop-timeout") kind=none ;;
    "run --poll") kind=none ;;
    "run --poll-idle") kind=none ;;
    "run --poll-budget") kind=none ;;
    "run --buffer-bytes") kind=none ;;
    "run --state-dir") kind=-d ;;
    "run --config") kind=-f ;;
    "run --log-level") words="debug info warn error" ;;
    "run --progress") kind=none ;;
    "run --admin") kind=none ;;
    "run --emf") words="off stdout" ;;
    "run --metrics-per-shard") words="off on" ;;
    "run --region") kind=none ;;
    "run --profile") kind=none ;;
    "filter --filter") kind=none ;;
    "filter --filter-file") kind=-f ;;
    "filter --records") kind=none ;;
    "filter --output" | "filter -o") words="table wide json jsonl csv" ;;
    "filter --table") kind=none ;;
    "filter --stream-arn") kind=none ;;
    "filter --start") words="trim-horizon latest" ;;
    "filter --time") kind=none ;;
    "filter --region") kind=none ;;
    "filter --profile") kind=none ;;
    "filter --log-level") words="debug info warn error" ;;
    "leases list --app") kind=none ;;
    "leases list --table") kind=none ;;
    "leases list --stream-arn") kind=none ;;
    "leases list --region") kind=none ;;
    "leases list --profile") kind=none ;;
    "leases list --log-level") words="debug info warn error" ;;
    "leases list --output" | "leases list -o") words="table wide json jsonl csv" ;;
    "leases list --owner") kind=none ;;
    "leases list --state") words="any unknown active expired unowned waiting handing-over finished broken" ;;
    "leases list --shard") kind=none ;;
    "leases list --sort") words="shard owner state lag" ;;
    "leases list --failover") kind=none ;;
    "leases list --interval") kind=none ;;
    "leases list --for") kind=none ;;
    "leases describe --app") kind=none ;;
    "leases describe --table") kind=none ;;
    "leases describe --stream-arn") kind=none ;;
    "leases describe --region") kind=none ;;
    "leases describe --profile") kind=none ;;
    "leases describe --log-level") words="debug info warn error" ;;
    "leases describe --output" | "leases describe -o") words="table wide json jsonl csv" ;;
    "leases describe --failover") kind=none ;;
    "leases watch --app") kind=none ;;
    "leases watch --table") kind=none ;;
    "leases watch --stream-arn") kind=none ;;
    "leases watch --region") kind=none ;;
    "leases watch --profile") kind=none ;;
    "leases watch --log-level") words="debug info warn error" ;;
    "leases watch --output" | "leases watch -o") words="table wide json jsonl csv" ;;
    "leases watch --owner") kind=none ;;
    "leases watch --shard") kind=none ;;
    "leases watch --sort") words="shard owner state lag" ;;
    "leases watch --interval") kind=none ;;
    "leases watch --for") kind=none ;;
    "leases watch --failover") kind=none ;;
    "leases lag --app") kind=none ;;
    "leases lag --table") kind=none ;;
    "leases lag --stream-arn") kind=none ;;
    "leases lag --region") kind=none ;;
    "leases lag --profile") kind=none ;;
    "leases lag --log-level") words="debug info warn error" ;;
    "leases lag --output" | "leases lag -o") words="table wide json jsonl csv" ;;
    "leases lag --owner") kind=none ;;
    "leases lag --shard") kind=none ;;
    "leases lag --sort") words="shard owner state lag" ;;
    "leases tree --app") kind=none ;;
    "leases tree --table") kind=none ;;
    "leases tree --stream-arn") kind=none ;;
    "leases tree --region") kind=none ;;
    "leases tree --profile") kind=none ;;
    "leases tree --log-level") words="debug info warn error" ;;
    "leases tree --output" | "leases tree -o") words="table wide json jsonl csv" ;;
    "leases tree --failover") kind=none ;;
    "leases workers --app") kind=none ;;
    "leases workers --table") kind=none ;;
    "leases workers --stream-arn") kind=none ;;
    "leases workers --region") kind=none ;;
    "leases workers --profile") kind=none ;;
    "leases workers --log-level") words="debug info warn error" ;;
    "leases workers --output" | "leases workers -o") words="table wide json jsonl csv" ;;
    "leases workers --failover") kind=none ;;
    "leases check --app") kind=none ;;
    "leases check --table") kind=none ;;
    "leases check --stream-arn") kind=none ;;
    "leases check --region") kind=none ;;
    "leases check --profile") kind=none ;;
    "leases check --log-level") words="debug info warn error" ;;
    "leases check --output" | "leases check -o") words="table wide json jsonl csv" ;;
    "leases check --failover") kind=none ;;
    "leases check --max-lag") kind=none ;;
    "leases export --output" | "leases export -o") words="jsonl json" ;;
    "leases export --app") kind=none ;;
    "leases export --table") kind=none ;;
    "leases export --stream-arn") kind=none ;;
    "leases export --region") kind=none ;;
    "leases export --profile") kind=none ;;
    "leases export --log-level") words="debug info warn error" ;;
    "leases release --owner") kind=none ;;
    "leases release --output" | "leases release -o") words="table wide json jsonl csv" ;;
    "leases release --app") kind=none ;;
    "leases release --table") kind=none ;;
    "leases release --stream-arn") kind=none ;;
    "leases release --region") kind=none ;;
    "leases release --profile") kind=none ;;
    "leases release --log-level") words="debug info warn error" ;;
    "leases rewind --to-sequence") kind=none ;;
    "leases rewind --to-datetime") kind=none ;;
    "leases rewind --shift-by") kind=none ;;
    "leases rewind --undo") kind=-f ;;
    "leases rewind --owner") kind=none ;;
    "leases rewind --undo-dir") kind=-d ;;
    "leases rewind --scan-limit") kind=none ;;
    "leases rewind --failover") kind=none ;;
    "leases rewind --output" | "leases rewind -o") words="table wide json jsonl csv" ;;
    "leases rewind --app") kind=none ;;
    "leases rewind --table") kind=none ;;
    "leases rewind --stream-arn") kind=none ;;
    "leases rewind --region") kind=none ;;
    "leases rewind --profile") kind=none ;;
    "leases rewind --log-level") words="debug info warn error" ;;
    "leases acknowledge --owner") kind=none ;;
    "leases acknowledge --output" | "leases acknowledge -o") words="table wide json jsonl csv" ;;
    "leases acknowledge --app") kind=none ;;
    "leases acknowledge --table") kind=none ;;
    "leases acknowledge --stream-arn") kind=none ;;
    "leases acknowledge --region") kind=none ;;
    "leases acknowledge --profile") kind=none ;;
    "leases acknowledge --log-level") words="debug info warn error" ;;
    "dead-letter list --dead-letter") kind=none ;;
    "dead-letter list --region") kind=none ;;
    "dead-letter list --profile") kind=none ;;
    "dead-letter list --output" | "dead-letter list -o") words="table jsonl" ;;
    "dead-letter show --dead-letter") kind=none ;;
    "dead-letter show --region") kind=none ;;
    "dead-letter show --profile") kind=none ;;
    "dead-letter redrive --dead-letter") kind=none ;;
    "dead-letter redrive --region") kind=none ;;
    "dead-letter redrive --profile") kind=none ;;
    "dead-letter redrive --firehose") kind=none ;;
    "dead-letter redrive --large-records") kind=none ;;
    "healthcheck --admin") kind=none ;;
    "help --output" | "help -o") words="text man markdown topics" ;;
    esac
    if [[ -z $words && -z $kind ]]; then
        case "$command" in
    "") words="$commands --help --version" ;;
    "run") words=" --table --stream-arn --start --filter --filter-file --format --images --old-image --include-attributes --exclude-attributes --firehose --kinesis --file --stdout --flush-age --pack-bytes --requests-in-flight --firehose-bytes-per-second --dead-letter --large-records --spill --spill-after --app --worker-id --failover --max-leases --stop-timeout --poll --poll-idle --poll-budget --buffer-bytes --state-dir --config --log-level --progress --admin --emf --metrics-per-shard --region --profile --help" ;;
    "filter") words=" --filter --filter-file --dry-run --records --output --no-headers --table --stream-arn --start --time --region --profile --log-level --help" ;;
    "leases") words="list describe watch lag tree workers check export release rewind acknowledge  --help" ;;
    "help leases") words="list describe watch lag tree workers check export release rewind acknowledge" ;;
    "leases list") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --owner --state --shard --sort --sample --failover --lag --watch --interval --for --help" ;;
    "leases describe") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --sample --failover --no-lag --help" ;;
    "leases watch") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --owner --shard --sort --interval --for --failover --lag --help" ;;
    "leases lag") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --owner --shard --sort --help" ;;
    "leases tree") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --sample --failover --lag --help" ;;
    "leases workers") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --sample --failover --help" ;;
    "leases check") words=" --app --table --stream-arn --region --profile --log-level --output --no-headers --failover --max-lag --no-lag --help" ;;
    "leases export") words=" --output --app --table --stream-arn --region --profile --log-level --help" ;;
    "leases release") words=" --all --owner --execute --output --no-headers --app --table --stream-arn --region --profile --log-level --help" ;;
    "leases rewind") words=" --to-trim-horizon --to-latest --to-sequence --to-datetime --shift-by --undo --all --owner --execute --force --yes --undo-dir --no-count --scan-limit --failover --output --no-headers --app --table --stream-arn --region --profile --log-level --help" ;;
    "leases acknowledge") words=" --all --owner --execute --output --no-headers --app --table --stream-arn --region --profile --log-level --help" ;;
    "dead-letter") words="list show redrive  --help" ;;
    "help dead-letter") words="list show redrive" ;;
    "dead-letter list") words=" --dead-letter --region --profile --output --help" ;;
    "dead-letter show") words=" --dead-letter --region --profile --help" ;;
    "dead-letter redrive") words=" --dead-letter --region --profile --all --firehose --large-records --delete --execute --help" ;;
    "healthcheck") words=" --admin --ready --help" ;;
    "completion") words="bash zsh fish  --help" ;;
    "version") words=" --json --help" ;;
    "help") words="$commands settings --output --help" ;;
        esac
    fi
    if [[ $kind == -* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen "$kind" -- "$word")
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    fi
}
complete -F _penstock penstock
