#include "tests/support/faultd/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/faultd/tree.h"

void control_refuse(struct control *control, const char *problem)
{
    bytes_clear(&control->reply->body);
    control->reply->status = 400;
    reply_text(control->reply, "{\"error\":");
    reply_string(control->reply, problem);
    reply_text(control->reply, "}");
}

bool control_query(const struct control *control, const char *name, char *target, size_t size)
{
    struct slice query = control->request->query;
    size_t length = strlen(name);
    while (query.length > 0) {
        const char *end = memchr(query.at, '&', query.length);
        size_t part = end == NULL ? query.length : (size_t)(end - query.at);
        if (part > length && memcmp(query.at, name, length) == 0 && query.at[length] == '=') {
            return slice_copy_text(slice_of(query.at + length + 1, part - length - 1), target, size);
        }
        query = slice_of(query.at + part + (end != NULL), query.length - part - (end != NULL));
    }
    return false;
}

static void done(struct control *control)
{
    reply_text(control->reply, "{\"ok\":true}");
}

static void set_integer(const cJSON *tree, const char *name, _Atomic int64_t *setting, int64_t least,
                        int64_t most)
{
    int64_t value = tree_integer(tree, name, atomic_load(setting));
    atomic_store(setting, value < least ? least : value > most ? most : value);
}

static void settings(struct control *control)
{
    struct settings *settings = &control->world->settings;
    static const char *const known[] = {"signatures",       "clock_offset_ms", "iterator_ttl_ms",
                                        "describe_page",    "records_page",    "scan_page",
                                        "scan_empty_every", "table_delay_ms",  "list_page"};
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, control->tree)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            found = found || strcmp(known[i], member->string) == 0;
        }
        if (!found) {
            control_refuse(control, "unknown setting; see README.md");
            return;
        }
    }
    const cJSON *tree = control->tree;
    atomic_store(&settings->check_signatures,
                 tree_bool(tree, "signatures", atomic_load(&settings->check_signatures)));
    set_integer(tree, "clock_offset_ms", &settings->clock_offset_ms, INT64_MIN / 4, INT64_MAX / 4);
    set_integer(tree, "iterator_ttl_ms", &settings->iterator_ttl_ms, 0, INT64_MAX / 4);
    set_integer(tree, "describe_page", &settings->describe_page, 1, 100);
    set_integer(tree, "records_page", &settings->records_page, 1, 1000);
    set_integer(tree, "scan_page", &settings->scan_page, 0, INT64_MAX / 4);
    set_integer(tree, "scan_empty_every", &settings->scan_empty_every, 0, INT64_MAX / 4);
    set_integer(tree, "table_delay_ms", &settings->table_delay_ms, 0, INT64_MAX / 4);
    set_integer(tree, "list_page", &settings->list_page, 1, 1000);
    done(control);
}

static void add_key(struct control *control)
{
    struct keyring_key key = {.expires_wall_ms = tree_integer(control->tree, "expires_ms", 0),
                              .operator= tree_bool(control->tree, "operator", false)};
    if (!tree_copy_text(control->tree, "id", key.id, sizeof key.id) || key.id[0] == '\0' ||
        !tree_copy_text(control->tree, "secret", key.secret, sizeof key.secret) ||
        !tree_copy_text(control->tree, "token", key.token, sizeof key.token)) {
        control_refuse(control, "id and secret must be texts of at most 127 bytes, token of 2,047");
        return;
    }
    keyring_add(&control->world->keyring, &key);
    done(control);
}

static void create_hose(struct control *control)
{
    struct world *world = control->world;
    const char *problem =
        hose_add(&world->hoses, control->tree, world->region, world->landing, world_now_ms(world));
    if (problem != NULL) {
        control_refuse(control, problem);
        return;
    }
    done(control);
}

static void delete_hose(struct control *control)
{
    const char *name = tree_text(control->tree, "name");
    hose_remove(&control->world->hoses, name == NULL ? "" : name);
    done(control);
}

static void list_hoses(struct control *control)
{
    reply_tree(control->reply, hoses_report(&control->world->hoses));
}

static void create_data_stream(struct control *control)
{
    const char *problem = data_stream_add(&control->world->data_streams, control->tree);
    if (problem != NULL) {
        control_refuse(control, problem);
        return;
    }
    done(control);
}

static void list_data_streams(struct control *control)
{
    reply_tree(control->reply, data_streams_report(&control->world->data_streams));
}

static void create_bucket(struct control *control)
{
    const char *problem = bucket_add(&control->world->buckets, tree_text(control->tree, "name"),
                                     tree_bool(control->tree, "track", false));
    if (problem != NULL) {
        control_refuse(control, problem);
        return;
    }
    done(control);
}

static void list_buckets(struct control *control)
{
    reply_tree(control->reply, buckets_report(&control->world->buckets));
}

/* The bytes that a hose with keep has accepted, as they are. */
static void accepted(struct control *control)
{
    char name[HOSE_NAME_BYTES];
    bool known = control_query(control, "name", name, sizeof name);
    mutex_lock(&control->world->hoses.lock);
    const struct hose *hose = known ? hose_find(&control->world->hoses, name) : NULL;
    if (hose != NULL) {
        control->reply->content_type = "application/octet-stream";
        reply_slice(control->reply, bytes_slice(&hose->kept));
    }
    mutex_unlock(&control->world->hoses.lock);
    if (hose == NULL) {
        control_refuse(control, "name must be that of a delivery stream");
    }
}

static void flush(struct control *control)
{
    size_t failed = hoses_flush(&control->world->hoses, true);
    reply_print(control->reply, "{\"failed\":%zu}", failed);
}

static void add_rule(struct control *control)
{
    char id[FAULT_ID_BYTES];
    const char *problem = rules_add(&control->world->rules, control->tree, id);
    if (problem != NULL) {
        control_refuse(control, problem);
        return;
    }
    reply_text(control->reply, "{\"id\":");
    reply_string(control->reply, id);
    reply_text(control->reply, "}");
}

static void remove_rules(struct control *control)
{
    reply_print(control->reply, "{\"removed\":%zu}",
                rules_remove(&control->world->rules, tree_text(control->tree, "id")));
}

static void list_rules(struct control *control)
{
    reply_tree(control->reply, rules_list(&control->world->rules));
}

static void stats(struct control *control)
{
    cJSON *report = stats_report(&control->world->stats);
    tree_attach(report, "denied", role_report(&control->world->role));
    tree_attach(report, "recording", recorder_report(&control->world->recorder));
    reply_tree(control->reply, report);
}

static void in_flight(struct control *control)
{
    cJSON *report = stats_in_flight(&control->world->stats);
    tree_add_integer(report, "parked", rules_parked(&control->world->rules));
    reply_tree(control->reply, report);
}

static void rows(struct control *control)
{
    char name[TABLE_NAME_BYTES];
    cJSON *list = cJSON_CreateArray();
    bool known = control_query(control, "table", name, sizeof name);
    mutex_lock(&control->world->tables.lock);
    const struct table *table = known ? table_find(&control->world->tables, name) : NULL;
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        tree_append(list, cJSON_Duplicate(table->rows[i].item, true));
    }
    mutex_unlock(&control->world->tables.lock);
    reply_tree(control->reply, list);
}

static void positions(struct control *control)
{
    reply_tree(control->reply, lease_watch_report(&control->world->lease_watch));
}

static void expire_iterators(struct control *control)
{
    atomic_store(&control->world->settings.iterators_from_ms, world_now_ms(control->world) + 1);
    while (world_now_ms(control->world) < atomic_load(&control->world->settings.iterators_from_ms)) {
        usleep(200);
    }
    done(control);
}

static void reset(struct control *control)
{
    world_reset(control->world);
    done(control);
}

static void quit(struct control *control)
{
    uint64_t one = 1;
    if (write(control->world->quit_descriptor, &one, sizeof one) != (ssize_t)sizeof one) {
        control_refuse(control, "cannot ask the program to end");
        return;
    }
    done(control);
}

static const struct {
    const char *method;
    const char *path;
    void (*handle)(struct control *control);
} routes[] = {
    {"POST", "/_faultd/streams", control_create_stream},
    {"GET", "/_faultd/streams", control_list_streams},
    {"POST", "/_faultd/trim", control_trim},
    {"POST", "/_faultd/roll", control_roll},
    {"POST", "/_faultd/disable", control_disable},
    {"GET", "/_faultd/verdict", control_verdict},
    {"POST", "/_faultd/latencies/forget", control_forget_latencies},
    {"POST", "/_faultd/delivery_streams", create_hose},
    {"GET", "/_faultd/delivery_streams", list_hoses},
    {"POST", "/_faultd/delivery_streams/delete", delete_hose},
    {"GET", "/_faultd/accepted", accepted},
    {"POST", "/_faultd/data_streams", create_data_stream},
    {"GET", "/_faultd/data_streams", list_data_streams},
    {"POST", "/_faultd/buckets", create_bucket},
    {"GET", "/_faultd/buckets", list_buckets},
    {"POST", "/_faultd/flush", flush},
    {"POST", "/_faultd/rules", add_rule},
    {"GET", "/_faultd/rules", list_rules},
    {"POST", "/_faultd/rules/delete", remove_rules},
    {"POST", "/_faultd/release", remove_rules},
    {"POST", "/_faultd/settings", settings},
    {"POST", "/_faultd/keys", add_key},
    {"POST", "/_faultd/expire_iterators", expire_iterators},
    {"GET", "/_faultd/stats", stats},
    {"GET", "/_faultd/in_flight", in_flight},
    {"GET", "/_faultd/rows", rows},
    {"GET", "/_faultd/positions", positions},
    {"POST", "/_faultd/reset", reset},
    {"POST", "/_faultd/quit", quit},
};

void control_handle(struct world *world, const struct request *request, struct reply *reply)
{
    struct control control = {.world = world, .request = request, .reply = reply};
    cJSON *tree = tree_parse(request->body);
    control.tree = tree;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (slice_equals_text(request->path, routes[i].path) &&
            slice_equals_text(request->method, routes[i].method)) {
            if (cJSON_IsObject(tree)) {
                routes[i].handle(&control);
            } else {
                control_refuse(&control, "the body must be a JSON object");
            }
            cJSON_Delete(tree);
            return;
        }
    }
    cJSON_Delete(tree);
    control_refuse(&control, "no such control call; see README.md");
    reply->status = 404;
}
