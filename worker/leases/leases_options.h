/* The options that several commands of `penstock leases` share, each defined once. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_OPTIONS_H
#define PENSTOCK_WORKER_LEASES_LEASES_OPTIONS_H

#include "worker/leases/leases_commands.h"

/* --app, --table, --stream-arn, --region, --profile, --log-level: every command. */
extern const struct option_table leases_place_options;

/* -o table|wide|json|jsonl|csv, --no-headers */
extern const struct option_table leases_output_options;

/* --failover, for what is decided by watching the counters */
extern const struct option_table leases_failover_options;

/* --all, --owner: which rows, beside SHARD... */
extern const struct option_table leases_choice_options;

/* --execute: without it nothing is changed */
extern const struct option_table leases_execute_options;

/* Of rewind: --to-..., --shift-by, --undo; and how it is carried out. */
extern const struct option_table leases_rewind_to_options;
extern const struct option_table leases_rewind_options;

/* Of export: -o jsonl|json */
extern const struct option_table leases_export_options;

#endif
