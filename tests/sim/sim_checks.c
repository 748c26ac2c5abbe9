/* What must hold at every step, and after calm. None of it trusts the code under test: what the sink took and
 * who wrote what to the table is kept here. */
#include "tests/sim/sim_worker.h"

enum { LATEST_SLACK_MS = 2000 };

static bool is_number(const char *checkpoint)
{
    return checkpoint[0] >= '0' && checkpoint[0] <= '9';
}

static size_t position_of(const struct sim_shard *shard, const char *checkpoint)
{
    return is_number(checkpoint) ? sim_stream_count_to(shard, checkpoint, strlen(checkpoint)) : 0;
}

/* Older than the fleet's start at LATEST, and so rightly left out. */
static bool is_before_start(const struct sim *sim, const struct sim_shard *shard,
                            const struct sim_record *record)
{
    return sim->start_at_latest && record->event_wall_ms < SIM_WALL_MS + sim->first_row_ms &&
           (!shard->has_row || shard->row.start_wall_ms == 0 ||
            record->event_wall_ms < shard->row.start_wall_ms - LATEST_SLACK_MS);
}

void sim_check_settle(struct sim *sim, struct sim_shard *shard)
{
    while (shard->prefix < shard->count) {
        const struct sim_record *record = &shard->records[shard->prefix];
        bool trimmed = shard->prefix < shard->trimmed && record->accepted > 0;
        if (record->accepted <= shard->rewinds && !record->gap && !trimmed &&
            !is_before_start(sim, shard, record)) {
            return;
        }
        shard->prefix++;
    }
}

void sim_note_delivery(struct sim *sim, struct sim_shard *shard)
{
    shard->delivered_ms = sim->now_ms;
    sim->first_delivered_ms = sim->first_delivered_ms != 0 ? sim->first_delivered_ms : sim->now_ms;
}

void sim_check_accept(struct sim *sim, int index, size_t number)
{
    struct sim_shard *shard = &sim->shards[index];
    struct sim_record *record = &shard->records[number];
    bool first = record->accepted == 0;
    record->accepted = (uint16_t)(shard->rewinds + 1);
    sim_note_delivery(sim, shard);
    sim_trace(sim, "the sink", "takes record %zu of %s (%u of key %u)%s", number, shard->id, record->number,
              record->key, first ? "" : " again");
    if (!first) {
        return;
    }
    bool given_up =
        record->gap || (sim->start_at_latest && record->event_wall_ms < SIM_WALL_MS + sim->first_row_ms);
    if (sim->options.ordered > 0 && record->number < sim->key_delivered[record->key] && !given_up) {
        sim_violate(sim, "a first delivery came after a later one of its key", shard->id, "the sink");
    }
    if (record->number > sim->key_delivered[record->key]) {
        sim->key_delivered[record->key] = record->number;
    }
}

void sim_check_gap(struct sim *sim, int index, size_t until)
{
    struct sim_shard *shard = &sim->shards[index];
    for (size_t i = 0; i < until && i < shard->trimmed; i++) {
        shard->records[i].gap = true;
    }
}

static void check_position(struct sim *sim, struct sim_shard *shard, const char *me,
                           const struct lease *before, const struct lease *after)
{
    size_t from = position_of(shard, before->checkpoint);
    size_t to = position_of(shard, after->checkpoint);
    sim_check_settle(sim, shard);
    if (lease_is_finished(before) || (!lease_is_finished(after) && to < from)) {
        sim_violate(sim, "a position moves back", shard->id, me);
    } else if (to > shard->prefix) {
        sim_violate(sim, "a position passes the gap-free accepted prefix", shard->id, me);
    }
}

static void check_end(struct sim *sim, struct sim_shard *shard, const char *me)
{
    if (!shard->gone && (!shard->closed || shard->prefix < shard->count)) {
        sim_violate(sim, "SHARD_END before the shard's end", shard->id, me);
    }
    bool child_row = shard->child_count == 0 || shard->gone;
    for (int i = 0; i < shard->child_count; i++) {
        child_row = child_row || sim->shards[shard->children[i]].had_row;
    }
    if (!child_row) {
        sim_violate(sim, "SHARD_END before a child's row", shard->id, me);
    }
}

/* Only the holder's newest tenure may write what belongs to the holder. */
static void check_writer(struct sim *sim, struct sim_shard *shard, const struct lease_action *action,
                         const char *me, uint32_t born, const struct lease *before)
{
    enum lease_write_kind kind = action->write.kind;
    if (!lease_write_is_urgent(kind)) {
        if (kind == LEASE_WRITE_TAKE || kind == LEASE_WRITE_CREATE) {
            shard->writer_born = born;
            shard->writer_tenure = 0;
        }
        return;
    }
    if (strcmp(lease_holder(before), me) != 0) {
        sim_violate(sim, "a worker that is not the holder writes", shard->id, me);
    } else if (action->tenure != 0) {
        if (shard->writer_born != born || action->tenure < shard->writer_tenure) {
            sim_violate(sim, "an earlier tenure writes", shard->id, me);
        }
        shard->writer_tenure = action->tenure;
    }
}

static void check_removal(struct sim *sim, struct sim_shard *shard, const char *me)
{
    for (int i = 0; i < shard->child_count; i++) {
        const struct sim_shard *child = &sim->shards[shard->children[i]];
        if (child->has_row && lease_is_unstarted(&child->row) && child->rewinds == 0 &&
            sim->now_ms - child->made_ms > sim->options.failover_ms) {
            sim_violate(sim, "a finished lease is removed before its child started", shard->id, me);
        }
    }
    if (!shard->was_finished) {
        sim_violate(sim, "an unfinished lease is removed", shard->id, me);
    }
}

void sim_check_write(struct sim *sim, int index, const struct lease_action *action, const char *me,
                     uint32_t born, const struct lease *before, const struct lease *after)
{
    struct sim_shard *shard = &sim->shards[index];
    enum lease_write_kind kind = action->write.kind;
    if (sim->resting && kind != LEASE_WRITE_RENEW) {
        sim_violate(sim, "something else than renewals is written at rest", shard->id, me);
    }
    check_writer(sim, shard, action, me, born, before == NULL ? after : before);
    if (before == NULL) {
        if (shard->was_finished) {
            sim_violate(sim, "a removed lease comes back", shard->id, me);
        }
        return;
    }
    if (after == NULL) {
        check_removal(sim, shard, me);
        return;
    }
    if (strcmp(before->checkpoint, after->checkpoint) != 0) {
        check_position(sim, shard, me, before, after);
    }
    if (lease_is_finished(after) && !lease_is_finished(before)) {
        check_end(sim, shard, me);
    }
}

void sim_check_grant(struct sim *sim, size_t index, const struct lease_action *action)
{
    int shard = sim_stream_find(sim, action->key);
    for (size_t i = 0; i < sim->worker_count; i++) {
        const struct sim_worker *other = &sim->workers[i];
        const struct sim_tenure *tenure = i == index || !other->alive ? NULL : other->by_shard[shard];
        if (tenure != NULL && tenure->run != NULL && !tenure->told &&
            sim_tenure_may_send(sim, other, tenure) && !sim_run_is_finished(tenure->run) &&
            !sim->shards[shard].meddled) {
            sim_violate(sim, "two workers believe to hold a lease", action->key, sim->workers[index].id);
        }
    }
}

void sim_check_reading(struct sim *sim, size_t index, int number)
{
    const struct sim_shard *shard = &sim->shards[number];
    if (shard->parent == SIM_NONE) {
        return;
    }
    struct sim_shard *parent = &sim->shards[shard->parent];
    bool over = parent->has_row ? lease_is_finished(&parent->row) : parent->was_finished || parent->gone;
    if (!over && !parent->has_row) { /* never leased: right only when nothing of it is wanted */
        sim_check_settle(sim, parent);
        over = parent->closed && parent->prefix == parent->count;
    }
    if (!over) {
        sim_violate(sim, "a child is read before its parent's end is durable", shard->id,
                    sim->workers[index].id);
    }
}

bool sim_check_is_delivered(struct sim *sim)
{
    for (size_t i = 0; i < sim->shard_count; i++) {
        sim_check_settle(sim, &sim->shards[i]);
        if (sim->shards[i].had_row && !sim->shards[i].gone && sim->shards[i].prefix < sim->shards[i].count) {
            return false;
        }
    }
    return true;
}

void sim_check_calm(struct sim *sim)
{
    for (size_t i = 0; i < sim->shard_count; i++) {
        struct sim_shard *shard = &sim->shards[i];
        sim_check_settle(sim, shard);
        if (!shard->had_row && !shard->gone && !(shard->closed && shard->prefix == shard->count)) {
            sim_violate(sim, "a shard has no lease", shard->id, "nobody");
        } else if (shard->had_row && !shard->gone && shard->prefix < shard->count) {
            sim_violate(sim, "records were never delivered", shard->id, shard->row.owner);
        } else if (shard->has_row && shard->closed && !lease_is_finished(&shard->row)) {
            sim_violate(sim, "a closed shard is not finished", shard->id, shard->row.owner);
        }
    }
}

void sim_check_shares(struct sim *sim)
{
    size_t *shares = sim_allocate(sim->worker_count, sizeof *shares);
    size_t least = SIZE_MAX;
    size_t most = 0;
    for (size_t i = 0; i < sim->shard_count; i++) {
        const struct sim_shard *shard = &sim->shards[i];
        if (!shard->has_row || lease_is_finished(&shard->row)) {
            continue;
        }
        size_t owner = 0;
        while (owner < sim->worker_count && (!sim->workers[owner].alive || sim->workers[owner].leaving ||
                                             strcmp(sim->workers[owner].id, shard->row.owner) != 0)) {
            owner++;
        }
        if (owner == sim->worker_count) {
            sim_violate(sim, "a lease without a living owner after calm", shard->id, shard->row.owner);
        } else {
            shares[owner]++;
        }
    }
    for (size_t i = 0; i < sim->worker_count; i++) {
        if (sim->workers[i].alive && !sim->workers[i].leaving) {
            least = shares[i] < least ? shares[i] : least;
            most = shares[i] > most ? shares[i] : most;
        }
    }
    if (most > least + 1) {
        sim_violate(sim, "shares are not even after calm", "", "the fleet");
    }
    free(shares);
}
