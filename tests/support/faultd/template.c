#include "tests/support/faultd/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/attribute.h"

enum { SET_BYTES = 64 * 1024 * 1024, SET_MOST = 512, SET_LEAST = 16 };

static const char *const event_names[] = {"INSERT", "MODIFY", "REMOVE"};

/* A template being written. */
struct draft {
    struct template *template;
    const struct template_options *options;
    struct random random;
    size_t key_holes;
    bool failed;
};

static void put(struct draft *draft, struct bytes *part, const char *text)
{
    struct status status = bytes_append_text(part, text);
    draft->failed = draft->failed || !status_is_ok(&status);
}

static void put_hole(struct draft *draft, struct bytes *part, size_t length, size_t *ret_at)
{
    static const char zeros[] = "00000000000000000000000000000000";
    *ret_at = part->length;
    struct status status = bytes_append(part, zeros, length);
    draft->failed = draft->failed || !status_is_ok(&status);
}

static void put_key(struct draft *draft)
{
    struct template *template = draft->template;
    put(draft, &template->head, "\"pk\":{\"S\":\"");
    put_hole(draft, &template->head, TEMPLATE_KEY_BYTES, &template->key_at[draft->key_holes++]);
    put(draft, &template->head, "\"}");
}

/* Attributes of every kind until the image has about `bytes` bytes, a text to fill up. */
static void put_image(struct draft *draft, const char *name, size_t bytes, size_t *ret_at, size_t *ret_length)
{
    struct bytes *head = &draft->template->head;
    put(draft, head, ",\"");
    put(draft, head, name);
    put(draft, head, "\":");
    *ret_at = head->length;
    put(draft, head, "{");
    put_key(draft);
    uint32_t number = 0;
    while (!draft->failed && head->length - *ret_at + ATTRIBUTE_MOST_BYTES < bytes && number < 24) {
        draft->failed = !attribute_append(head, &draft->random, number++);
    }
    size_t used = head->length - *ret_at;
    if (used + 24 < bytes) {
        draft->failed = draft->failed || !attribute_append_filler(head, &draft->random, bytes - used - 24);
    }
    put(draft, head, "}");
    *ret_length = head->length - *ret_at;
}

static void put_event_id(struct draft *draft, struct bytes *part, bool in_head)
{
    draft->template->event_id_in_head = in_head;
    put(draft, part, "\"eventID\":\"");
    put_hole(draft, part, TEMPLATE_EVENT_ID_BYTES, &draft->template->event_id_at);
    put(draft, part, "\",\"eventName\":\"");
    put(draft, part, event_names[draft->template->event]);
    put(draft, part, "\",\"eventSource\":\"aws:dynamodb\",\"eventVersion\":\"1.1\"");
    if (draft->template->by_ttl) {
        put(draft, part,
            ",\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}");
    }
}

static void put_head(struct draft *draft, bool event_first, size_t record_bytes)
{
    struct template *template = draft->template;
    struct bytes *head = &template->head;
    const char *view = draft->options->view;
    bool wants_new = strncmp(view, "NEW", 3) == 0 && template->event != TEMPLATE_REMOVE;
    bool wants_old = strstr(view, "OLD") != NULL && template->event != TEMPLATE_INSERT;
    size_t images = (size_t)wants_new + (size_t)wants_old;
    put(draft, head, "{\"awsRegion\":\"");
    put(draft, head, draft->options->region);
    put(draft, head, "\",");
    if (event_first) {
        put_event_id(draft, head, true);
        put(draft, head, ",");
    }
    put(draft, head, "\"dynamodb\":{\"ApproximateCreationDateTime\":");
    put_hole(draft, head, TEMPLATE_TIME_BYTES, &template->time_at);
    put(draft, head, ",\"Keys\":");
    template->keys_at = head->length;
    put(draft, head, "{");
    put_key(draft);
    put(draft, head, "}");
    template->keys_length = head->length - template->keys_at;
    size_t fixed = 340 + (template->by_ttl ? 80u : 0u);
    size_t each = images == 0 || record_bytes < fixed ? 0 : (record_bytes - fixed) / images;
    if (wants_new) {
        put_image(draft, "NewImage", each, &template->new_at, &template->new_length);
    }
    if (wants_old) {
        put_image(draft, "OldImage", each, &template->old_at, &template->old_length);
    }
    put(draft, head, ",\"SequenceNumber\":\"");
}

/* About what DynamoDB counts: names and values without the JSON around them. */
static size_t item_bytes(const struct template *template)
{
    return (template->keys_length + template->new_length + template->old_length) * 3 / 5;
}

static bool template_write(const struct template_options *options, uint64_t seed, size_t record_bytes,
                           struct template *template)
{
    struct draft draft = {.template = template, .options = options};
    char text[96];
    random_init(&draft.random, seed);
    uint64_t kind = random_below(&draft.random, 20);
    bool event_first = random_below(&draft.random, 4) == 0;
    template->event = kind < 6 ? TEMPLATE_INSERT : kind < 17 ? TEMPLATE_MODIFY : TEMPLATE_REMOVE;
    template->by_ttl = kind == 19;
    bytes_init(&template->head, TEMPLATE_RECORD_BYTES);
    bytes_init(&template->tail, TEMPLATE_RECORD_BYTES);
    put_head(&draft, event_first, record_bytes);
    template->item_bytes = item_bytes(template);
    snprintf(text, sizeof text, "\",\"SizeBytes\":%zu,\"StreamViewType\":\"%s\"}", template->item_bytes,
             options->view);
    put(&draft, &template->tail, text);
    if (!event_first) {
        put(&draft, &template->tail, ",");
        put_event_id(&draft, &template->tail, false);
    }
    put(&draft, &template->tail, "}");
    return !draft.failed;
}

static size_t set_size(uint32_t record_bytes)
{
    size_t count = SET_BYTES / (record_bytes + 1);
    return count < SET_LEAST ? SET_LEAST : count > SET_MOST ? SET_MOST : count;
}

bool template_set_create(const struct template_options *options, struct template_set *ret_set)
{
    struct template_set set = {.count = set_size(options->record_bytes)};
    struct random random;
    set.all = calloc(set.count, sizeof *set.all);
    bool whole = set.all != NULL;
    random_init(&random, options->seed);
    for (size_t i = 0; i < set.count && whole; i++) {
        size_t spread = options->record_bytes / 2; /* sizes from 3/4 to 5/4 of the mean */
        size_t bytes = options->record_bytes - spread / 2 + random_below(&random, spread + 1);
        whole = template_write(options, random_next(&random), bytes, &set.all[i]);
    }
    for (uint64_t seed = options->seed; whole && options->big_bytes > 0; seed++) {
        bytes_free(&set.big.head);
        bytes_free(&set.big.tail);
        set.big = (struct template){.event = TEMPLATE_INSERT};
        whole = template_write(options, seed, options->big_bytes, &set.big);
        if (set.big.event != TEMPLATE_REMOVE) { /* a removal would land without its images */
            break;
        }
    }
    if (!whole) {
        template_set_free(&set);
        return false;
    }
    *ret_set = set;
    return true;
}

void template_set_free(struct template_set *set)
{
    for (size_t i = 0; set->all != NULL && i < set->count; i++) {
        bytes_free(&set->all[i].head);
        bytes_free(&set->all[i].tail);
    }
    bytes_free(&set->big.head);
    bytes_free(&set->big.tail);
    free(set->all);
    *set = (struct template_set){.count = 0};
}
