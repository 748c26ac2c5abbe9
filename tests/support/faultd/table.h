/* DynamoDB tables held in memory: what leases need. */
#ifndef PENSTOCK_FAULTD_TABLE_H
#define PENSTOCK_FAULTD_TABLE_H

#include "base/thread.h"
#include "tests/support/faultd/message.h"
#include "tests/support/faultd/value.h"

enum { TABLES = 256, TABLE_NAME_BYTES = 256, ITEM_BYTES = 400 * 1024 };

struct row {
    char *key; /* as row_key makes it; owned */
    cJSON *item; /* owned */
};

struct table_key {
    char name[TABLE_NAME_BYTES];
    char type[2]; /* S, N or B */
};

struct table {
    char name[TABLE_NAME_BYTES];
    char id[37];
    struct table_key hash, range; /* range.name empty: none */
    char billing[32];
    int64_t read_units, write_units;
    int64_t created_ms; /* server's wall clock */
    int64_t active_ms;
    char view[24]; /* of its stream as CreateTable asked, empty: none */
    struct row *rows; /* sorted by key */
    size_t count, capacity;
    uint64_t scans;
    struct table *next;
};

struct tables {
    struct mutex lock;
    struct table *first GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
};

void tables_init(struct tables *tables);
void tables_destroy(struct tables *tables);
void tables_reset(struct tables *tables) EXCLUDES(tables->lock);

struct table *table_find(struct tables *tables, const char *name) REQUIRES(tables->lock);
/* Takes a copy of `shape` (its rows must be empty). NULL when memory is out or there are 256. */
struct table *table_add(struct tables *tables, const struct table *shape) REQUIRES(tables->lock);
void table_remove(struct tables *tables, struct table *table) REQUIRES(tables->lock);

/* The text that identifies an item, from its key attributes; owned. NULL with AWS's message when they are
 * missing, of another type or empty. `exact`: nothing but the key may be there. */
char *row_key(const struct table *table, const cJSON *item, bool exact, char message[VALUE_MESSAGE_BYTES]);

/* The first row whose key is at least `key`; *ret_found tells whether it is equal. */
size_t table_seek(const struct table *table, const char *key, bool *ret_found);

/* Puts `item` (moved) under `key` (moved), over what is there. False when memory is out. */
bool table_store(struct table *table, char *key, cJSON *item) MUST_USE;
void table_erase(struct table *table, size_t index);

/* The key attributes of an item. Owned. */
cJSON *table_key_of(const struct table *table, const cJSON *item);

#endif
