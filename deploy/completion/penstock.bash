# bash completion for penstock; made by `penstock completion bash`.
_penstock()
{
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command="" words="" kind="" i
    local commands="run leases completion version help"
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
        "/leases") command="leases" ;;
        "help/leases") command="help leases" ;;
        "leases/export") command="leases export" ;;
        "/completion") command="completion" ;;
        "/version") command="version" ;;
        "/help") command="help" ;;
        esac
    done
    case "$command $previous" in
    "run --table") kind=none ;;
    "run --stream-arn") kind=none ;;
    "run --start") words="trim-horizon latest" ;;
    "run --firehose") kind=none ;;
    "run --file") kind=-d ;;
    "run --flush-age") kind=none ;;
    "run --pack-bytes") kind=none ;;
    "run --requests-in-flight") kind=none ;;
    "run --dead-letter") kind=none ;;
    "run --app") kind=none ;;
    "run --worker-id") kind=none ;;
    "run --failover") kind=none ;;
    "run --max-leases") kind=none ;;
    "run --stop-timeout") kind=none ;;
    "run --poll") kind=none ;;
    "run --poll-idle") kind=none ;;
    "run --buffer-bytes") kind=none ;;
    "run --state-dir") kind=-d ;;
    "run --config") kind=-f ;;
    "run --log-level") words="debug info warn error" ;;
    "run --progress") kind=none ;;
    "run --region") kind=none ;;
    "run --profile") kind=none ;;
    "leases export --app") kind=none ;;
    "leases export --table") kind=none ;;
    "leases export --stream-arn") kind=none ;;
    "leases export --region") kind=none ;;
    "leases export --profile") kind=none ;;
    "leases export --log-level") words="debug info warn error" ;;
    "help --output" | "help -o") words="text man markdown topics" ;;
    esac
    if [[ -z $words && -z $kind ]]; then
        case "$command" in
    "") words="$commands --help --version" ;;
    "run") words=" --table --stream-arn --start --old-image --firehose --file --flush-age --pack-bytes --requests-in-flight --dead-letter --app --worker-id --failover --max-leases --stop-timeout --poll --poll-idle --buffer-bytes --state-dir --config --log-level --progress --region --profile --help" ;;
    "leases") words="export  --help" ;;
    "help leases") words="export" ;;
    "leases export") words=" --app --table --stream-arn --region --profile --log-level --help" ;;
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
