/* The stream: shards with records, splits in generations, trims; and what a listing of it shows. */
#include "tests/sim/sim.h"

enum { LIST_LATE_MS = 4000, LEFT_OUT_MS = 60000, FIRST_RECORDS = 16 };

int sim_stream_find(const struct sim *sim, const char *id)
{
    size_t index = strlen(id) > 8 ? strtoul(id + 8, NULL, 10) : SIZE_MAX; /* behind "shardId-" */
    return index < sim->shard_count && strcmp(sim->shards[index].id, id) == 0 ? (int)index : SIM_NONE;
}

void sim_stream_number(const struct sim_shard *shard, size_t record, struct sequence_number *ret_number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRIu64, shard->base + record + 1);
    *ret_number = (struct sequence_number){.length = (uint8_t)length};
    memcpy(ret_number->digits, text, (size_t)length);
}

size_t sim_stream_count_to(const struct sim_shard *shard, const char *digits, size_t length)
{
    char text[SEQUENCE_NUMBER_DIGITS + 1] = "";
    memcpy(text, digits, length < sizeof text ? length : sizeof text - 1);
    uint64_t number = strtoull(text, NULL, 10);
    return number <= shard->base ? 0 : (size_t)(number - shard->base);
}

static void place(struct sim *sim, int index)
{
    struct sim_shard *shard = &sim->shards[index];
    shard->place = random_next(&sim->random);
    size_t at = sim->shard_count - 1; /* of those before it */
    while (at > 0 && sim->shards[sim->places[at - 1]].place > shard->place) {
        sim->places[at] = sim->places[at - 1];
        at--;
    }
    sim->places[at] = index;
}

static int add_shard(struct sim *sim, int parent)
{
    int index = (int)sim->shard_count++;
    struct sim_shard *shard = &sim->shards[index];
    *shard = (struct sim_shard){.parent = parent, .children = {SIM_NONE, SIM_NONE}};
    snprintf(shard->id, sizeof shard->id, "shardId-%06d-%04x", index, (unsigned)sim_dice(sim, 65536));
    /* Numbers that grow a digit while the shard is read: compared as texts they would go wrong. */
    uint64_t step = 1000000;
    shard->base =
        (uint64_t)(index + 1) * step - (sim_dice(sim, 2) == 0 ? 1 + (uint64_t)sim_dice(sim, 30) : 0);
    bool late = parent != SIM_NONE && sim_faults_strike(sim, FAULT_LIST_LATE, 2);
    shard->listed_ms = sim->now_ms + (late ? sim_dice(sim, LIST_LATE_MS) : 0);
    if (parent != SIM_NONE && shard->listed_ms < sim->shards[parent].listed_ms) {
        shard->listed_ms = sim->shards[parent].listed_ms; /* a stale listing is one of an earlier moment */
    }
    shard->closed_ms = INT64_MAX;
    place(sim, index);
    if (parent != SIM_NONE) {
        struct sim_shard *elder = &sim->shards[parent];
        elder->children[elder->child_count++] = index;
    }
    return index;
}

static void add_record(struct sim *sim, int index, uint16_t key, int64_t wall_ms)
{
    struct sim_shard *shard = &sim->shards[index];
    if (shard->count == shard->capacity) {
        shard->capacity = shard->capacity == 0 ? FIRST_RECORDS : shard->capacity * 2;
        shard->records = reallocarray(shard->records, shard->capacity, sizeof *shard->records);
        if (shard->records == NULL) {
            abort();
        }
    }
    struct sim_record *record = &shard->records[shard->count++];
    *record = (struct sim_record){
        .event_wall_ms = wall_ms / 1000 * 1000, .key = key, .number = ++sim->key_numbers[key]};
    record->poison = sim->options.ordered == 0 && sim_faults_strike(sim, FAULT_POISON, 400);
}

void sim_stream_split(struct sim *sim, int index)
{
    struct sim_shard *shard = &sim->shards[index];
    if (shard->closed || sim->shard_count + 2 > sim->shard_capacity) {
        return;
    }
    shard->closed = true;
    bool stale = sim_faults_strike(sim, FAULT_LIST_STALE, 2);
    shard->closed_ms = sim->now_ms + (stale ? sim_dice(sim, LIST_LATE_MS) : 0);
    int count = 1 + (int)sim_dice(sim, 2);
    for (int i = 0; i < count; i++) {
        (void)add_shard(sim, index);
    }
    for (uint16_t key = 0; key < SIM_KEYS; key++) {
        if (sim->key_shard[key] == index) {
            sim->key_shard[key] = shard->children[sim_dice(sim, count)];
        }
    }
    sim_trace(sim, "stream", "%s closes with %zu records; children %s %s", shard->id, shard->count,
              sim->shards[shard->children[0]].id, count > 1 ? sim->shards[shard->children[1]].id : "");
}

void sim_stream_trim(struct sim *sim, int index)
{
    struct sim_shard *shard = &sim->shards[index];
    size_t until = shard->trimmed + (size_t)sim_dice(sim, (int64_t)(shard->count - shard->trimmed) + 1);
    shard->trimmed = until;
    bool orphan = shard->parent == SIM_NONE || sim->shards[shard->parent].gone;
    if (shard->closed && until == shard->count && orphan && sim_faults_strike(sim, FAULT_SHARD_GONE, 1)) {
        shard->gone = true;
        for (int i = 0; i < shard->child_count; i++) {
            sim_faults_count(sim, FAULT_MISSING_PARENT);
        }
    }
    sim_trace(sim, "stream", "%s is trimmed up to record %zu of %zu%s", shard->id, until, shard->count,
              shard->gone ? " and gone" : "");
}

static void stock(struct sim *sim, int index, int64_t most)
{
    for (int64_t i = sim_dice(sim, most); i > 0; i--) {
        uint16_t key = (uint16_t)sim_dice(sim, SIM_KEYS);
        if (sim->key_shard[key] == index) {
            add_record(sim, index, key, SIM_WALL_MS - 600000);
        }
    }
}

void sim_stream_init(struct sim *sim, size_t shards, bool with_ancestors)
{
    for (size_t i = 0; i < shards; i++) {
        (void)add_shard(sim, SIM_NONE);
    }
    for (size_t key = 0; key < SIM_KEYS; key++) {
        sim->key_shard[key] = (int)sim_dice(sim, (int64_t)shards);
    }
    if (!with_ancestors) {
        return;
    }
    for (size_t i = 0; i < shards; i++) {
        stock(sim, (int)i, 300);
        if (sim_dice(sim, 2) == 0) {
            sim_stream_split(sim, (int)i);
        }
    }
    for (size_t i = 0; i < sim->shard_count; i++) {
        sim->shards[i].listed_ms = 0;
        sim->shards[i].closed_ms = sim->shards[i].closed ? 0 : INT64_MAX;
    }
}

void sim_stream_free(struct sim *sim)
{
    for (size_t i = 0; i < sim->shard_count; i++) {
        free(sim->shards[i].records);
    }
}

void sim_stream_produce(struct sim *sim, void *unused)
{
    (void)unused;
    if (!sim->producing) {
        return;
    }
    uint16_t key = (uint16_t)sim_dice(sim, SIM_KEYS);
    add_record(sim, sim->key_shard[key], key, SIM_WALL_MS + sim->now_ms);
    sim_at(sim, sim->now_ms + 1 + sim_dice(sim, 2 * sim->produce_ms), sim_stream_produce, NULL, NULL);
}

static void describe(struct sim *sim, const struct sim_shard *shard, struct stream_shard *ret_shard)
{
    *ret_shard = (struct stream_shard){0};
    memcpy(ret_shard->id, shard->id, sizeof ret_shard->id);
    if (shard->parent != SIM_NONE) {
        memcpy(ret_shard->parent_id, sim->shards[shard->parent].id, sizeof ret_shard->parent_id);
    }
    sim_stream_number(shard, 0, &ret_shard->first);
    if (sim->now_ms >= shard->closed_ms) {
        sim_stream_number(shard, shard->count, &ret_shard->last);
    } else if (shard->closed) {
        sim_faults_count(sim, FAULT_LIST_OPEN_PARENT);
    }
}

struct stream_shard *sim_stream_list(struct sim *sim, const char *children_of, size_t *ret_count)
{
    struct stream_shard *list = sim_allocate(sim->shard_count, sizeof *list);
    size_t count = 0;
    sim->costs.listings++;
    bool unfiltered = children_of[0] == '\0' || sim_faults_strike(sim, FAULT_LIST_UNFILTERED, 4);
    int parent = sim_stream_find(sim, children_of);
    bool lately = sim->left_out_ms != 0 && sim->now_ms - sim->left_out_ms < LEFT_OUT_MS;
    bool empty = sim_faults_strike(sim, FAULT_LIST_EMPTY, 40);
    for (size_t i = 0; i < sim->shard_count && !empty; i++) {
        const struct sim_shard *shard = &sim->shards[i];
        if (shard->gone || sim->now_ms < shard->listed_ms || (!unfiltered && shard->parent != parent)) {
            continue;
        }
        if (!lately && sim_faults_strike(sim, FAULT_LIST_PARTIAL, 20)) {
            sim->left_out_ms = sim->now_ms;
            sim_trace(sim, "stream", "the next listing leaves %s out", shard->id);
            continue;
        }
        describe(sim, shard, &list[count++]);
    }
    sim_trace(sim, "stream", "lists %zu of %zu shards, children of '%s'", count, sim->shard_count,
              children_of);
    *ret_count = count;
    return list;
}
