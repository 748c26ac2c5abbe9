/* Dead letters in a bucket. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "sink/letter_facts.h"
#include "sink/letter_store.h"
#include "sink/s3_try.h"

enum { KEY_BYTES = S3_KEY_BYTES };

struct letter_s3 {
    struct letter_store store; /* first: the two share their address */
    const struct s3 *s3;
    struct s3_url url;
    char *table;
};

/* PREFIX/TABLE/SHARD/NAME.json */
static struct status make_key(const struct letter_s3 *self, const struct dead_letter *letter,
                              char key[KEY_BYTES])
{
    struct letter_facts facts = {.sequence = ""};
    char name[LETTER_SEQUENCE_BYTES];
    if (letter->sequence_number.length > 0) {
        if (!slice_copy_text(letter->sequence_number, facts.sequence, sizeof facts.sequence)) {
            facts.sequence[0] = '\0';
        }
    } else if (letter->is_line) {
        facts = letter_facts_of(letter->content);
    }
    TRY(letter_facts_name(&facts, letter->content, name));
    int length = snprintf(key, KEY_BYTES, "%s%s%s/%s/%s.json", self->url.prefix,
                          self->url.prefix[0] == '\0' ? "" : "/", self->table, letter->shard, name);
    return length < KEY_BYTES
               ? status_ok()
               : status_make(STATUS_INVALID, "the key of a dead letter of %s is too long", letter->shard);
}

static struct status store(struct letter_store *store, const struct dead_letter *letter,
                           const struct letter_stamp *stamp, struct stop *cancel)
{
    struct letter_s3 *self = (struct letter_s3 *)store;
    const struct s3_limits limits = {.cancel = cancel};
    char key[KEY_BYTES];
    struct bytes text;
    TRY(make_key(self, letter, key));
    const struct s3_object object = {self->url.bucket, key, "application/json"};
    bytes_init(&text, LETTER_CEILING);
    struct status status = letter_text_append(&text, letter, stamp);
    if (status_is_ok(&status)) {
        status = s3_put_object(self->s3, &object, bytes_slice(&text), &limits);
    }
    bytes_free(&text);
    return status;
}

static void close_store(struct letter_store *store)
{
    struct letter_s3 *self = (struct letter_s3 *)store;
    free(self->table);
    free(self);
}

struct status letter_s3_open(const struct s3 *s3, const struct s3_url *url, const char *table,
                             struct letter_store **ret_store)
{
    TRY(s3_try(s3, url));
    struct letter_s3 *self = calloc(1, sizeof *self);
    char *copy = strdup(table);
    if (self == NULL || copy == NULL) {
        free(copy);
        free(self);
        return status_no_memory("the dead letters in a bucket", sizeof *self);
    }
    *self = (struct letter_s3){
        .store = {.store = store, .close = close_store}, .s3 = s3, .url = *url, .table = copy};
    *ret_store = &self->store;
    return status_ok();
}
