#include "worker/leases/leases_row.h"

#include <stdio.h>
#include <string.h>

#include "aws/json.h"
#include "lease/lease.h"

enum { DEFECT_BYTES = 512, UNKNOWN_CEILING = 512 * 1024, NAMES_CEILING = 1000 };

/* What reading a row carries along. */
struct row_reader {
    const cJSON *item;
    struct leases_pool *pool;
    struct leases_row *row;
    char defect[DEFECT_BYTES];
    bool out_of_memory;
};

static const char *keep(struct row_reader *reader, const char *text)
{
    if (text[0] == '\0') {
        return "";
    }
    const char *copy = leases_pool_copy(reader->pool, text);
    if (copy == NULL) {
        reader->out_of_memory = true;
        return "";
    }
    return copy;
}

static void add_defect(struct row_reader *reader, const char *name, const char *words)
{
    size_t used = strlen(reader->defect);
    snprintf(reader->defect + used, sizeof reader->defect - used, "%s%s %s", used > 0 ? "; " : "", name,
             words);
}

/* The value inside {"<type>":value}; NULL when the attribute is absent, and with a defect when it is of
 * another type. */
static const cJSON *typed(struct row_reader *reader, const cJSON *object, const char *name, const char *type)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    if (value == NULL) {
        return NULL;
    }
    const cJSON *inner = cJSON_GetObjectItemCaseSensitive(value, type);
    if (inner == NULL) {
        char words[64];
        const char *found = value->child != NULL && value->child->string != NULL ? value->child->string : "?";
        snprintf(words, sizeof words, "is of type %.8s, not %s", found, type);
        add_defect(reader, name, words);
    }
    return inner;
}

static void read_text(struct row_reader *reader, const cJSON *object, const char *name, const char *type,
                      const char **ret_text)
{
    const cJSON *inner = typed(reader, object, name, type);
    *ret_text = cJSON_IsString(inner) ? keep(reader, inner->valuestring) : "";
}

/* False when absent or wrong. */
static bool read_number(struct row_reader *reader, const cJSON *object, const char *name, int64_t *ret_number)
{
    const cJSON *inner = typed(reader, object, name, "N");
    if (inner == NULL) {
        return false;
    }
    if (!cJSON_IsString(inner) || !slice_parse_int64(slice_of_text(inner->valuestring), ret_number)) {
        add_defect(reader, name, "is no whole number of up to 18 digits");
        return false;
    }
    return true;
}

static void demand(struct row_reader *reader, const char *name)
{
    if (cJSON_GetObjectItemCaseSensitive(reader->item, name) == NULL) {
        add_defect(reader, name, "is missing");
    }
}

static void read_names(struct row_reader *reader, const char *name, struct leases_names *ret_names)
{
    *ret_names = (struct leases_names){0};
    const cJSON *set = typed(reader, reader->item, name, "SS");
    int count = cJSON_IsArray(set) ? cJSON_GetArraySize(set) : 0;
    if (count == 0) {
        return;
    }
    if (count > NAMES_CEILING) {
        add_defect(reader, name, "names more than 1000 shards");
        return;
    }
    const char **names = leases_pool_take(reader->pool, (size_t)count * sizeof *names);
    if (names == NULL) {
        reader->out_of_memory = true;
        return;
    }
    size_t used = 0;
    const cJSON *element;
    cJSON_ArrayForEach(element, set)
    {
        if (cJSON_IsString(element)) {
            names[used] = keep(reader, element->valuestring);
            used++;
        }
    }
    *ret_names = (struct leases_names){names, used};
}

/* In a table of several streams the key is "<streamName>:<shard id>" (MultiStreamLease.java); a shard id of
 * DynamoDB has no colon. */
static const char *shard_of(const struct leases_row *row)
{
    size_t length = strlen(row->stream_name);
    if (length > 0 && strncmp(row->key, row->stream_name, length) == 0 && row->key[length] == ':') {
        return row->key + length + 1;
    }
    const char *colon = strrchr(row->key, ':');
    bool several = strchr(row->key, '$') != NULL && colon != NULL && colon[1] != '\0';
    return several ? colon + 1 : row->key;
}

static void read_gap(struct row_reader *reader, struct leases_gap *gap)
{
    *gap = (struct leases_gap){.after = "", .until = "", .found = ""};
    gap->present = cJSON_GetObjectItemCaseSensitive(reader->item, "penstockGap") != NULL;
    if (!gap->present) {
        return;
    }
    gap->certain = true;
    gap->count = 1;
    const cJSON *map = typed(reader, reader->item, "penstockGap", "M");
    read_text(reader, map, "after", "S", &gap->after);
    read_text(reader, map, "until", "S", &gap->until);
    read_text(reader, map, "found", "S", &gap->found);
    (void)read_number(reader, map, "count", &gap->count);
    gap->certain = cJSON_IsFalse(typed(reader, map, "certain", "BOOL")) == 0;
}

static void read_checkpoint(struct row_reader *reader)
{
    struct leases_row *row = reader->row;
    read_text(reader, reader->item, "checkpoint", "S", &row->checkpoint);
    enum lease_checkpoint_kind kind;
    struct sequence_number number;
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(reader->item, "checkpoint");
    if (cJSON_GetObjectItemCaseSensitive(value, "S") != NULL &&
        !lease_checkpoint_parse(row->checkpoint, &kind, &number)) {
        add_defect(reader, "checkpoint",
                   "is neither a sequence number nor TRIM_HORIZON, LATEST, AT_TIMESTAMP or SHARD_END");
    }
}

/* leaseCounter, checkpoint and ownerSwitchesSinceCheckpoint are those that KCL's Lease cannot be without. */
static void read_lease(struct row_reader *reader)
{
    const cJSON *item = reader->item;
    struct leases_row *row = reader->row;
    demand(reader, "leaseCounter");
    demand(reader, "checkpoint");
    demand(reader, "ownerSwitchesSinceCheckpoint");
    if (read_number(reader, item, "leaseCounter", &row->counter) && row->counter < 0) {
        add_defect(reader, "leaseCounter", "is below 0");
    }
    read_checkpoint(reader);
    (void)read_number(reader, item, "ownerSwitchesSinceCheckpoint", &row->switches);
    (void)read_number(reader, item, "checkpointSubSequenceNumber", &row->sub_sequence);
    read_text(reader, item, "leaseOwner", "S", &row->owner);
    read_text(reader, item, "checkpointOwner", "S", &row->checkpoint_owner);
    read_text(reader, item, "pendingCheckpoint", "S", &row->pending_checkpoint);
    (void)read_number(reader, item, "pendingCheckpointSubSequenceNumber", &row->pending_sub_sequence);
    row->pending_state = typed(reader, item, "pendingCheckpointState", "B") != NULL;
    read_text(reader, item, "throughputKBps", "N", &row->throughput_kbps);
    read_text(reader, item, "startingHashKey", "S", &row->starting_hash_key);
    read_text(reader, item, "endingHashKey", "S", &row->ending_hash_key);
    read_names(reader, "parentShardId", &row->parents);
    read_names(reader, "childShardIds", &row->children);
}

static void read_ours(struct row_reader *reader)
{
    const cJSON *item = reader->item;
    struct leases_row *row = reader->row;
    read_text(reader, item, "penstockOwner", "S", &row->marker);
    read_text(reader, item, "penstockStream", "S", &row->stream_arn);
    read_text(reader, item, "penstockRewind", "S", &row->rewind);
    read_text(reader, item, "penstockCheckpointBy", "S", &row->writer);
    (void)read_number(reader, item, "penstockStart", &row->start_wall_ms);
    (void)read_number(reader, item, "penstockEpoch", &row->epoch);
    read_gap(reader, &row->gap);
}

static bool is_known(const char *name)
{
    static const char *const names[] = {
        "leaseKey",
        "leaseOwner",
        "leaseCounter",
        "checkpoint",
        "entityType",
        "checkpointSubSequenceNumber",
        "parentShardId",
        "ownerSwitchesSinceCheckpoint",
        "childShardIds",
        "pendingCheckpointSubSequenceNumber",
        "pendingCheckpoint",
        "pendingCheckpointState",
        "throughputKBps",
        "checkpointOwner",
        "startingHashKey",
        "endingHashKey",
        "streamName",
        "shardId",
        "penstockOwner",
        "penstockStream",
        "penstockRewind",
        "penstockStart",
        "penstockEpoch",
        "penstockGap",
        "penstockCheckpointBy",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static struct status append_unknown(const cJSON *attribute, struct bytes *text)
{
    TRY(bytes_append_text(text, text->length == 0 ? "{" : ","));
    TRY(json_append_string(text, slice_of_text(attribute->string)));
    TRY(bytes_append_text(text, ":"));
    return json_append_tree(text, attribute);
}

static void read_unknown(struct row_reader *reader)
{
    struct bytes text;
    bytes_init(&text, UNKNOWN_CEILING);
    struct status status = status_ok();
    const cJSON *attribute;
    cJSON_ArrayForEach(attribute, reader->item)
    {
        if (attribute->string != NULL && !is_known(attribute->string) && status_is_ok(&status)) {
            status = append_unknown(attribute, &text);
        }
    }
    const char *kept = "";
    if (text.length > 0 && status_is_ok(&status)) {
        status = bytes_append_text(&text, "}");
        if (status_is_ok(&status)) {
            status = bytes_terminate(&text, &kept);
        }
    }
    if (!status_is_ok(&status)) {
        reader->out_of_memory = true; /* an item has 400 KB at most, so the ceiling is never met */
        kept = "";
    }
    reader->row->unknown = keep(reader, kept);
    bytes_free(&text);
}

static bool is_other_entity(const cJSON *item)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(item, "entityType");
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(type, "S");
    return type != NULL && (!cJSON_IsString(text) || strcmp(text->valuestring, "LEASE") != 0);
}

enum leases_row_kind leases_row_read(const cJSON *item, struct leases_pool *pool, struct leases_row *ret_row)
{
    if (is_other_entity(item)) {
        return LEASES_ROW_OTHER;
    }
    const cJSON *key =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(item, "leaseKey"), "S");
    if (!cJSON_IsString(key) || key->valuestring[0] == '\0') {
        return LEASES_ROW_KEYLESS;
    }
    struct leases_row row = {0};
    struct row_reader reader = {.item = item, .pool = pool, .row = &row};
    row.key = keep(&reader, key->valuestring);
    read_text(&reader, item, "streamName", "S", &row.stream_name);
    row.shard = shard_of(&row);
    read_lease(&reader);
    read_ours(&reader);
    read_unknown(&reader);
    row.defect = keep(&reader, reader.defect);
    if (reader.out_of_memory) {
        return LEASES_ROW_NO_MEMORY;
    }
    *ret_row = row;
    return LEASES_ROW_LEASE;
}

bool leases_row_is_broken(const struct leases_row *row)
{
    return row->defect[0] != '\0';
}

bool leases_row_is_finished(const struct leases_row *row)
{
    return !leases_row_is_broken(row) && strcmp(row->checkpoint, lease_shard_end) == 0;
}

bool leases_row_has_position(const struct leases_row *row)
{
    return row->checkpoint[0] >= '0' && row->checkpoint[0] <= '9';
}

const char *leases_row_holder(const struct leases_row *row)
{
    return row->checkpoint_owner[0] != '\0' ? row->checkpoint_owner : row->owner;
}

bool leases_row_is_ours(const struct leases_row *row)
{
    return row->marker[0] != '\0' && strcmp(row->marker, leases_row_holder(row)) == 0;
}
