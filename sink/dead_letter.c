#include "sink/dead_letter.h"

#include <stdlib.h>

#include "base/thread.h"
#include "sink/letter_store.h"

struct dead_letters {
    /* Constant after dead_letters_open. */
    const struct clock *clock;
    char *worker;
    char *table;
    struct letter_store *store;

    struct mutex lock;
    struct dead_letters_state state GUARDED_BY(lock);
};

static struct status open_store(const struct dead_letters_options *options,
                                const struct dead_letter_place *place, struct letter_store **ret_store)
{
    switch (place->kind) {
    case DEAD_LETTER_S3:
        return letter_s3_open(options->s3, &place->url, options->table, ret_store);
    case DEAD_LETTER_FIREHOSE:
        return letter_firehose_open(options->firehose, place->stream, ret_store);
    case DEAD_LETTER_FILE:
        break;
    }
    return status_prefix(letter_file_open(place->folder, options->worker_id, ret_store),
                         "--dead-letter %s needs a folder that can be written", options->place);
}

struct status dead_letters_open(const struct dead_letters_options *options,
                                struct dead_letters **ret_letters) NO_THREAD_CHECK
{
    struct dead_letter_place place;
    TRY(dead_letter_place_parse(options->place, &place));
    struct dead_letters *letters = calloc(1, sizeof *letters);
    if (letters == NULL) {
        return status_no_memory("the dead letters", sizeof *letters);
    }
    mutex_init(&letters->lock);
    letters->clock = options->clock;
    letters->worker = strdup(options->worker_id);
    letters->table = strdup(options->table);
    struct status status = letters->worker == NULL || letters->table == NULL
                               ? status_no_memory("the dead letters' names", strlen(options->worker_id))
                               : open_store(options, &place, &letters->store);
    if (!status_is_ok(&status)) {
        dead_letters_close(letters);
        return status;
    }
    *ret_letters = letters;
    return status;
}

struct status dead_letters_store(struct dead_letters *letters, const struct dead_letter *letter,
                                 struct stop *cancel)
{
    const struct letter_stamp stamp = {
        .worker = letters->worker, .table = letters->table, .wall_ms = clock_wall_ms(letters->clock)};
    struct status status = letters->store->store(letters->store, letter, &stamp, cancel);
    mutex_lock(&letters->lock);
    if (status_is_ok(&status)) {
        letters->state.stored++;
        letters->state.failing_since_boot_ms = 0;
    } else if (letters->state.failing_since_boot_ms == 0 && status.code != STATUS_STOPPED) {
        letters->state.failing_since_boot_ms = clock_boot_ms(letters->clock);
    }
    mutex_unlock(&letters->lock);
    return status;
}

void dead_letters_read_state(struct dead_letters *letters, struct dead_letters_state *ret_state)
{
    mutex_lock(&letters->lock);
    *ret_state = letters->state;
    mutex_unlock(&letters->lock);
}

void dead_letters_close(struct dead_letters *letters) NO_THREAD_CHECK
{
    if (letters == NULL) {
        return;
    }
    if (letters->store != NULL) {
        letters->store->close(letters->store);
    }
    mutex_destroy(&letters->lock);
    free(letters->worker);
    free(letters->table);
    free(letters);
}
