/* What the reading commands of `penstock leases` take, and what their help says: the rows of the command table
 * (leases_commands.c) point here. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_VIEW_HELP_H
#define PENSTOCK_WORKER_LEASES_LEASES_VIEW_HELP_H

#include "worker/leases/leases_options.h"

/* Lists of option tables; each ends with NULL. */
extern const struct option_table *const leases_list_options[];
extern const struct option_table *const leases_describe_options[];
extern const struct option_table *const leases_watch_options[];
extern const struct option_table *const leases_lag_options[];
extern const struct option_table *const leases_tree_options[];
extern const struct option_table *const leases_workers_options[];
extern const struct option_table *const leases_check_options[];

/* SHARD of describe, and SHARD... of lag and list. */
extern const struct option_words_rule leases_describe_words;
extern const struct option_words_rule leases_view_words;

extern const char leases_list_description[];
extern const char leases_describe_description[];
extern const char leases_watch_description[];
extern const char leases_lag_description[];
extern const char leases_tree_description[];
extern const char leases_workers_description[];
extern const char leases_check_description[];

/* What they ask of AWS. */
extern const char leases_rights_table[];
extern const char leases_rights_stream[];

extern const struct command_example leases_list_examples[];
extern const struct command_example leases_describe_examples[];
extern const struct command_example leases_watch_examples[];
extern const struct command_example leases_lag_examples[];
extern const struct command_example leases_tree_examples[];
extern const struct command_example leases_workers_examples[];
extern const struct command_example leases_check_examples[];

#endif
