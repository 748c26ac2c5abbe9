#include "worker/leases/leases_commands.h"

#include "worker/leases/leases_options.h"

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
