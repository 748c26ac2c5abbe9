/* Compares what lease_write_apply() says of a write with what a DynamoDB server makes of its expressions:
 *
 *   lease_writes TABLE CASES [SEED]    endpoints and credentials from the environment
 *
 * Makes the table when it is absent, tries CASES random rows and writes, and prints "N cases agree". The
 * first that differs goes to standard error with the seed, exit code 1. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/http_curl.h"
#include "aws/session.h"
#include "base/random.h"
#include "lease/keeper.h"
#include "lease/lease_table.h"

static const char arn[] =
    "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2026-11-23T10:00:00.000";
static const char me[] = "me";

static const char *pick(struct random *random, const char *const *texts, size_t count)
{
    return texts[random_below(random, count)];
}

static struct lease_gap random_gap(struct random *random)
{
    struct lease_gap gap = {.count = (uint32_t)random_below(random, 3),
                            .certain = random_below(random, 2) == 0,
                            .found_wall_ms = 1763892000123};
    bool known = random_below(random, 2) == 0;
    if (known && !sequence_number_parse(slice_of_text("300000000000000000000000499"), &gap.after)) {
        gap.count = 0;
    }
    return gap;
}

static struct lease random_row(struct random *random, uint64_t number)
{
    static const char *const owners[] = {"", "me", "other"};
    static const char *const checkpoints[] = {"TRIM_HORIZON", "LATEST", "300000000000000000000000499",
                                              "SHARD_END"};
    struct lease row = {.counter = (int64_t)random_below(random, 2), .stream = LEASE_STREAM_SAME};
    (void)snprintf(row.key, sizeof row.key, "shardId-%016" PRIu64, number);
    lease_copy_text(row.owner, sizeof row.owner, pick(random, owners, 3));
    lease_copy_text(row.checkpoint_owner, sizeof row.checkpoint_owner,
                    random_below(random, 2) == 0 ? "" : pick(random, owners, 3));
    lease_copy_text(row.marker, sizeof row.marker, pick(random, owners, 3));
    lease_copy_text(row.checkpoint, sizeof row.checkpoint, pick(random, checkpoints, 4));
    row.switches = (int64_t)random_below(random, 3);
    row.epoch = (uint32_t)random_below(random, 2);
    row.start_wall_ms = random_below(random, 2) == 0 ? 0 : 1763892000123;
    lease_copy_text(row.nonce, sizeof row.nonce, random_below(random, 2) == 0 ? "" : "n-1");
    lease_copy_text(row.writer, sizeof row.writer, random_below(random, 2) == 0 ? "" : "other#1");
    row.gap = random_gap(random);
    if (random_below(random, 2) == 0) {
        row.parent_count = 1;
        lease_copy_text(row.parents[0], sizeof row.parents[0], "shardId-parent");
    }
    return row;
}

/* A write as the rules could form it from a view that is right or a little stale. */
static struct lease_write random_write(struct random *random, const struct lease *row)
{
    struct lease_write write = {.row = *row};
    write.kind = (enum lease_write_kind)(LEASE_WRITE_TAKE + (int)random_below(random, 8));
    if (random_below(random, 4) == 0) {
        struct lease stale = random_row(random, 0);
        lease_copy_text(stale.key, sizeof stale.key, row->key);
        write.row = stale;
    }
    if (write.kind == LEASE_WRITE_ASK && write.row.owner[0] == '\0') {
        lease_copy_text(write.row.owner, sizeof write.row.owner, "other");
    }
    if (write.kind == LEASE_WRITE_UNASK && write.row.checkpoint_owner[0] == '\0') {
        lease_copy_text(write.row.checkpoint_owner, sizeof write.row.checkpoint_owner, "other");
    }
    write.highest = write.kind == LEASE_WRITE_TAKE ? (int64_t)random_below(random, 4) : 0;
    if (random_below(random, 2) == 0) {
        lease_copy_text(write.checkpoint, sizeof write.checkpoint, "300000000000000000000000777");
    }
    write.gap = random_gap(random);
    for (uint64_t i = random_below(random, 3); write.kind == LEASE_WRITE_SHARD_END && i > 0; i--) {
        char child[STREAMS_SHARD_ID_BYTES];
        (void)snprintf(child, sizeof child, "shardId-child-%" PRIu64, i);
        lease_add_child(&write.row, child);
    }
    return write;
}

static bool same_set(const struct lease *left, const struct lease *right)
{
    bool same = left->child_count == right->child_count;
    for (size_t i = 0; i < left->child_count; i++) {
        same = same && lease_has_child(right, left->children[i]); /* a set has no order */
    }
    return same;
}

static bool same_row(struct lease left, struct lease right)
{
    return lease_gap_equals(&left.gap, &right.gap) && strcmp(left.key, right.key) == 0 &&
           strcmp(left.owner, right.owner) == 0 &&
           strcmp(left.checkpoint_owner, right.checkpoint_owner) == 0 &&
           strcmp(left.marker, right.marker) == 0 && left.counter == right.counter &&
           strcmp(left.checkpoint, right.checkpoint) == 0 && left.switches == right.switches &&
           strcmp(left.nonce, right.nonce) == 0 && strcmp(left.writer, right.writer) == 0 &&
           left.start_wall_ms == right.start_wall_ms && left.epoch == right.epoch &&
           left.stream == right.stream && left.broken == right.broken &&
           left.parent_count == right.parent_count && strcmp(left.parents[0], right.parents[0]) == 0 &&
           same_set(&left, &right);
}

static struct status differs(const struct lease_write *write, const char *what, const struct status *status)
{
    return status_make(STATUS_INTERNAL, "%s of %s differs: %s: %s", lease_write_name(write->kind),
                       write->row.key, what, status->reason);
}

/* One row made, one write tried, the answer and the row compared. */
static struct status try_case(struct lease_store *store, struct random *random, uint64_t number)
{
    struct lease row = random_row(random, number);
    struct lease_write create = {.kind = LEASE_WRITE_CREATE, .row = row};
    size_t count = 0;
    struct lease got = {0};
    TRY(store->write(store->context, &create, &count, &got));
    struct status again = store->write(store->context, &create, &count, &got);
    if (again.code != STATUS_CONDITION || count != 1 || !same_row(got, row)) {
        return differs(&create, "a second time", &again);
    }
    struct lease_write write = random_write(random, &row);
    struct lease expected = row;
    enum lease_outcome outcome = lease_write_apply(&write, me, &row, &expected);
    count = 0;
    struct status status = store->write(store->context, &write, &count, &got);
    if (lease_store_outcome(status.code) != outcome) {
        return differs(&write, outcome == LEASE_DONE ? "it should be done" : "it should be refused", &status);
    }
    bool removed = write.kind == LEASE_WRITE_DELETE && outcome == LEASE_DONE;
    if (count != (removed ? 0U : 1U) || (!removed && !same_row(got, expected))) {
        return differs(&write, "the row that comes back", &status);
    }
    TRY(store->read(store->context, write.row.key, &count, &got));
    if (count != (removed ? 0U : 1U) || (!removed && !same_row(got, expected))) {
        return differs(&write, "the row as stored", &status);
    }
    return status_ok();
}

static struct status run(struct aws_client *client, const char *table, uint64_t cases, uint64_t seed)
{
    struct stop cancel;
    stop_init(&cancel);
    struct lease_table_options options = {.dynamodb = client,
                                          .clock = clock_real(),
                                          .table = table,
                                          .stream_arn = arn,
                                          .me = me,
                                          .failover_ms = 60000,
                                          .cancel = &cancel};
    struct lease_store store = lease_table_store(&options);
    struct random random;
    random_init(&random, seed);
    struct status status = lease_keeper_prepare_table(client, table, clock_real(), NULL);
    for (uint64_t i = 0; status_is_ok(&status) && i < cases; i++) {
        status = try_case(&store, &random, i);
    }
    struct lease_rows rows = {0};
    if (status_is_ok(&status)) {
        status = store.scan(store.context, &rows);
    }
    if (status_is_ok(&status)) {
        (void)printf("%" PRIu64 " cases agree, %zu rows left\n", cases, rows.count);
    }
    lease_rows_free(&rows);
    stop_destroy(&cancel);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: lease_writes TABLE CASES [SEED]\n");
        return 2;
    }
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    struct http_transport *transport = NULL;
    struct aws_session *session = NULL;
    struct aws_client *client = NULL;
    struct status status = http_curl_create(&(struct http_curl_options){0}, &transport);
    if (status_is_ok(&status)) {
        status = aws_session_open(&(struct aws_session_options){.transport = transport}, &session);
    }
    if (status_is_ok(&status)) {
        status = aws_session_create_client(session, AWS_DYNAMODB, &client);
    }
    if (status_is_ok(&status)) {
        status = run(client, argv[1], strtoull(argv[2], NULL, 10), seed);
    }
    aws_client_destroy(client);
    aws_session_close(session);
    if (transport != NULL) {
        transport->destroy(transport);
    }
    if (!status_is_ok(&status)) {
        (void)fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, status.reason);
        return 1;
    }
    return 0;
}
