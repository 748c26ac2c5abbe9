/* What the help of the reading commands says. */
#include "worker/leases/leases_view_help.h"

#define STATES                                                                                               \
    "States: active, the counter was seen to move within the failover time; expired, it stood still for "    \
    "the "                                                                                                   \
    "whole of it, so the owner is gone; unknown, it was not watched for long enough; unowned; waiting, "     \
    "unowned until its parent is finished; handing-over, from FROM (checkpointOwner) to OWNER; finished, "   \
    "every record of the shard was delivered; broken, an attribute is missing or of a wrong type, and "      \
    "PROBLEM says which. The table holds no times, so a state is seen, never guessed."

const char leases_list_description[] =
    "A line a lease. LAG is unknown unless --lag asks the stream. Rows that are no leases (KCL 3.5 keeps "
    "others in "
    "the same table) are counted and not shown. Names are printed with control characters escaped; on a "
    "terminal "
    "long ones lose their middle, and columns that do not fit are left out; where not even shard, state, "
    "owner "
    "and lag do, a lease is a block of lines. -o wide shows everything.\n\n" STATES "\n\n"
    "In JSON the object is "
    "{\"lease_table\",\"region\",\"rows\",\"other_rows\",\"broken_rows\",\"leases\":[...]}, and a "
    "lease has shard, state, owner, lag_seconds, checkpoint, counter, switches, parents, children, "
    "checkpoint_owner, "
    "kind (penstock or kcl), gap {after, until, found, certain, count}, pending_checkpoint, throughput_kbps, "
    "stream_name, problem, key, lag_state (not-asked, known, finished, trimmed, unknown), lag_note, "
    "checkpoint_sub_sequence, pending_checkpoint_sub_sequence, pending_checkpoint_state, starting_hash_key, "
    "ending_hash_key, penstock_owner, stream_arn, started_at, epoch, rewind, checkpoint_by (the last worker "
    "of penstock that set the checkpoint, # and the counter behind that) and unknown_attributes "
    "(DynamoDB's typed "
    "JSON). What is absent or unknown is null. jsonl has a lease a line; csv the same fields, RFC 4180, "
    "unknown as "
    "'unknown'.";

const char leases_describe_description[] =
    "Everything that is known about one lease: its attributes, its parents and children with their states, "
    "the gap of "
    "trimmed changes that nobody acknowledged, how far it is behind, and when the change at its checkpoint "
    "was made. "
    "Where the stream cannot be asked, the lag is unknown.\n\n" STATES "\n\n"
    "In JSON the document of list with one lease, and \"relatives\": [{relation, shard, state, owner}] and "
    "\"checkpoint_event_at\" beside it.";

const char leases_watch_description[] = "On a terminal a table that is drawn anew. Elsewhere a line an "
                                        "event: time, shard, what happened, before and "
                                        "after; with -o json or jsonl an object a line {at, shard, event, "
                                        "before, after}. Events: seen (at the begin, "
                                        "and for new leases, with the state), gone, owner, hand-over "
                                        "(checkpointOwner), checkpoint, state, gap, broken. "
                                        "Renewals alone are no event. A read that fails for a moment is "
                                        "told, and watching goes on. Ends with SIGINT or "
                                        "--for.";

const char leases_lag_description[] =
    "DynamoDB Streams has no figure for lag, so the stream is read behind each checkpoint: LAG is the age of "
    "the "
    "oldest change that was not delivered yet, TRIMMED-IN how long the stream still keeps it (24 hours in "
    "all). "
    "An open shard is at its tip after five empty pages; before that, and for a lease at LATEST, the lag is "
    "unknown and "
    "NOTE says why. 'trimmed': the stream no longer holds the position. Finished leases are left out unless "
    "named.\n\n"
    "Each shard is read at most five times a second and takes one of the two readers that AWS advises. In "
    "JSON a lease "
    "has shard, lag_seconds, trimmed_in_seconds, owner, lag_note, checkpoint, oldest_unread_at, stream_name, "
    "lag_state, state and key.";

const char leases_tree_description[] =
    "Each shard below the shard that it was split from. 'missing': a row names it as a child, but it has no "
    "row: it is "
    "finished and removed, or nobody reads it ('penstock leases check' tells). In JSON \"shards\" holds the "
    "same "
    "lines from above to below, each with its depth, parents and children.";

const char leases_workers_description[] =
    "A line a worker that the rows name. LEASES: the unfinished ones that it may move; SHARE: of those that "
    "anybody "
    "holds; ACTIVE, EXPIRED, UNKNOWN: what watching their counters showed; GIVING and GETTING: hand-overs "
    "under way. A "
    "worker is active when any of its counters moved, expired when none did and one stood still for the "
    "whole "
    "failover time, unknown without --sample, idle when it holds nothing unfinished. In JSON the columns, in "
    "small "
    "letters, with share_percent, finished and kind, and \"unowned\" beside them.";

const char leases_check_description[] = "Exit code 0: healthy, and nothing is printed, but on a terminal a "
                                        "word; 5: unhealthy, a line a problem. Made for "
                                        "cron and alarms. It takes half of the failover time, all of it when "
                                        "an owner seems dead, and 30 seconds more when "
                                        "a hand-over does not end.\n\n"
                                        "Problems: expired, an owner does not renew; unowned, twice seen "
                                        "without an owner; stuck-hand-over; gap, changes were "
                                        "trimmed before they were read, until 'penstock leases acknowledge'; "
                                        "broken; missing-lease, a child of a finished "
                                        "lease or an open shard of the stream that has none; no-leases; lag, "
                                        "above --max-lag; trimmed, the position is "
                                        "older than the stream; lag-unknown, the stream did not tell. A "
                                        "lease at LATEST that nothing was read of yet has "
                                        "no lag and is no problem. In JSON {lease_table, ..., healthy, "
                                        "greatest_lag_seconds, \"problems\": [{problem, shard, "
                                        "owner, why}]}.";

const char leases_rights_table[] =
    "On the lease table: dynamodb:Scan and, to check its shape, GetItem. With --lag, on the "
    "stream: dynamodb:DescribeStream, GetShardIterator, GetRecords; with --table then also "
    "dynamodb:DescribeTable on that table.";
const char leases_rights_stream[] = "On the lease table: dynamodb:Scan and, to check its shape, GetItem. On "
                                    "the stream, unless --no-lag leaves it out: "
                                    "dynamodb:DescribeStream, GetShardIterator, GetRecords. On the table of "
                                    "--table: dynamodb:DescribeTable, where rows do "
                                    "not name their stream.";

const struct command_example leases_list_examples[] = {
    {"penstock leases list --table orders", "who has which shard, and where it stands"},
    {"penstock leases list --app orders-java --state expired", "leases of a Java fleet whose owner is gone"},
    {"penstock leases list --table orders --lag -o csv > leases.csv", "for a spreadsheet, with the lag"},
    {NULL, NULL},
};
const struct command_example leases_describe_examples[] = {
    {"penstock leases describe --table orders shardId-00000001763900000000-1a2b", "one lease"},
    {NULL, NULL},
};
const struct command_example leases_watch_examples[] = {
    {"penstock leases watch --table orders", "see a deployment happen"},
    {"penstock leases watch --table orders --for 1m -o jsonl | jq .", "events of a minute"},
    {NULL, NULL},
};
const struct command_example leases_lag_examples[] = {
    {"penstock leases lag --table orders", "which shards are behind, the worst first"},
    {NULL, NULL},
};
const struct command_example leases_tree_examples[] = {
    {"penstock leases tree --table orders --sample", "splits, with who reads what"},
    {NULL, NULL},
};
const struct command_example leases_workers_examples[] = {
    {"penstock leases workers --table orders --sample", "is the fleet balanced, and does it live?"},
    {NULL, NULL},
};
const struct command_example leases_check_examples[] = {
    {"penstock leases check --table orders --max-lag 10m || page-somebody", "from cron"},
    {NULL, NULL},
};
