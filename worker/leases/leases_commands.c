#include "worker/leases/leases_commands.h"

#include "worker/leases/leases_options.h"
#include "worker/leases/leases_view_help.h"

#define TABLES(...)                                                                                          \
    (const struct option_table *const[])                                                                     \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

#define EXAMPLES(...)                                                                                        \
    (const struct command_example[])                                                                         \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            NULL, NULL                                                                                       \
        }                                                                                                    \
    }

const struct command leases_commands[] = {
    {.name = "list",
     .synopsis = "[SHARD...] [options]",
     .summary = "List the leases: who has which shard, and where it stands.",
     .description = leases_list_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_list_options, .words = &leases_view_words},
     .examples = leases_list_examples,
     .run_leases = leases_list_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "describe",
     .synopsis = "SHARD [options]",
     .summary = "Tell everything about one lease.",
     .description = leases_describe_description,
     .rights = leases_rights_stream,
     .options = {.tables = leases_describe_options, .words = &leases_describe_words},
     .examples = leases_describe_examples,
     .run_leases = leases_describe_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "watch",
     .synopsis = "[options]",
     .summary = "Watch the leases change.",
     .description = leases_watch_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_watch_options},
     .examples = leases_watch_examples,
     .run_leases = leases_watch_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "lag",
     .synopsis = "[SHARD...] [options]",
     .summary = "Tell how far each lease is behind its stream.",
     .description = leases_lag_description,
     .rights = leases_rights_stream,
     .options = {.tables = leases_lag_options, .words = &leases_view_words},
     .examples = leases_lag_examples,
     .run_leases = leases_lag_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "tree",
     .synopsis = "[options]",
     .summary = "Show which shard was split into which, with their states.",
     .description = leases_tree_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_tree_options},
     .examples = leases_tree_examples,
     .run_leases = leases_tree_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "workers",
     .synopsis = "[options]",
     .summary = "List the workers, what each holds, and whether it lives.",
     .description = leases_workers_description,
     .rights = leases_rights_table,
     .options = {.tables = leases_workers_options},
     .examples = leases_workers_examples,
     .run_leases = leases_workers_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "check",
     .synopsis = "[options]",
     .summary = "Tell what is wrong, by the exit code too: for cron and alarms.",
     .description = leases_check_description,
     .rights = leases_rights_stream,
     .options = {.tables = leases_check_options},
     .examples = leases_check_examples,
     .run_leases = leases_check_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = "export",
     .synopsis = "[options]",
     .summary = "Print every row of the lease table whole, in DynamoDB's typed JSON.",
     .description = "One JSON object a line: the first says which table this is and when it was read, each "
                    "other one is a row "
                    "with all its attributes, those included that no version of anything knows. 'leases "
                    "rewind --undo FILE' puts "
                    "positions back from such a file. Rows that are no leases are exported too.",
     .rights = "On the lease table: dynamodb:Scan.",
     .options = {.tables = TABLES(&leases_place_options)},
     .examples =
         EXAMPLES({"penstock leases export --table orders > leases.jsonl", "keep what the fleet knows"}),
     .run_leases = leases_export_run,
     .request_bytes = sizeof(struct leases_request)},
    {.name = NULL},
};
