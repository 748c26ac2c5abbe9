#include "shard/position_store.h"

#include <sqlite3.h>
#include <stdlib.h>

enum {
    STORE_APPLICATION = 0x50454e53, /* "PENS" */
    STORE_VERSION = 3,
    STORE_WITHOUT_WRITER = 2, /* the version before: position had no remote_writer */
    STORE_BUSY_MS = 250,
    STORE_FORGET_MS = 7 * 24 * 3600 * 1000,
};

enum store_statement {
    PUT_POSITION,
    PUT_GAP,
    REMOVE_GAP,
    LOAD,
    LOAD_GAPS,
    FORGET,
    BEGIN,
    COMMIT,
    ROLLBACK,
    STATEMENTS
};

static const char *const store_texts[STATEMENTS] = {
    [PUT_POSITION] =
        "INSERT INTO position(app, arn, shard, number, remote_checkpoint, remote_nonce, updated_ms,"
        " remote_writer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT(app, arn, shard) DO UPDATE SET number=?4, remote_checkpoint=?5, remote_nonce=?6,"
        " updated_ms=?7, remote_writer=?8",
    [PUT_GAP] = "INSERT INTO gap(app, arn, shard, after, until, found_ms, certain, in_row)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                " ON CONFLICT(app, arn, shard, after) DO UPDATE SET until=?5, certain=?7, in_row=?8",
    [REMOVE_GAP] = "DELETE FROM gap WHERE app=?1 AND arn=?2 AND shard=?3 AND after=?4",
    [LOAD_GAPS] = "SELECT shard, after, until, found_ms, certain, in_row FROM gap WHERE app=?1 AND arn=?2",
    [LOAD] = ("SELECT shard, number, remote_checkpoint, remote_nonce, remote_writer FROM position"
              " WHERE app=?1 AND arn=?2"),
    [FORGET] = "DELETE FROM position WHERE updated_ms < ?1",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
};

struct position_store {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
    const char *app; /* borrowed */
    const char *stream_arn; /* borrowed */
    bool synchronous; /* a commit returns when it is on the disk */
};

static struct status store_error(sqlite3 *database, int result, const char *doing)
{
    enum status_code code = STATUS_IO;
    if ((result & 0xFF) == SQLITE_CORRUPT || (result & 0xFF) == SQLITE_NOTADB) {
        code = STATUS_CORRUPT;
    } else if ((result & 0xFF) == SQLITE_NOMEM) {
        code = STATUS_NO_MEMORY;
    }
    return status_make(code, "cannot %s the positions: %s (%s)", doing, sqlite3_errstr(result),
                       database == NULL ? "not open" : sqlite3_errmsg(database));
}

/* Runs text that has no parameters and gives no rows that matter. */
static struct status run_text(sqlite3 *database, const char *text, const char *doing)
{
    int result = sqlite3_exec(database, text, NULL, NULL, NULL);
    return result == SQLITE_OK ? status_ok() : store_error(database, result, doing);
}

static struct status read_text(sqlite3 *database, const char *text, char *target, size_t size)
{
    sqlite3_stmt *statement = NULL;
    target[0] = '\0';
    int result = sqlite3_prepare_v2(database, text, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
        const char *value = result == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        if (value != NULL && !slice_copy_text(slice_of_text(value), target, size)) {
            target[0] = '\0';
        }
    }
    struct status status = result == SQLITE_ROW || result == SQLITE_DONE || result == SQLITE_OK
                               ? status_ok()
                               : store_error(database, result, "read");
    sqlite3_finalize(statement);
    return status;
}

static struct status read_number(sqlite3 *database, const char *text, int64_t *ret_number)
{
    char value[24];
    TRY(read_text(database, text, value, sizeof value));
    int64_t number = 0;
    if (value[0] != '\0' && !slice_parse_int64(slice_of_text(value), &number)) {
        return status_make(STATUS_CORRUPT, "'%s' gives no number", text);
    }
    *ret_number = number;
    return status_ok();
}

/* Is the file whole, and either new or ours? *ret_version is 0 of a new one. */
static struct status check_file(sqlite3 *database, int64_t *ret_version)
{
    char verdict[16];
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    TRY(read_text(database, "PRAGMA quick_check(1)", verdict, sizeof verdict));
    if (strcmp(verdict, "ok") != 0) {
        return status_make(STATUS_CORRUPT, "the positions file is damaged");
    }
    TRY(read_number(database, "PRAGMA application_id", &application));
    TRY(read_number(database, "PRAGMA user_version", &version));
    TRY(read_number(database, "SELECT count(*) FROM sqlite_master", &tables));
    bool is_new = application == 0 && version == 0 && tables == 0;
    bool is_ours =
        application == STORE_APPLICATION && (version == STORE_VERSION || version == STORE_WITHOUT_WRITER);
    if (!is_new && !is_ours) {
        return status_make(STATUS_CORRUPT, "the positions file is not one of this program and version");
    }
    *ret_version = version;
    return status_ok();
}

static struct status make_schema(sqlite3 *database)
{
    return run_text(database,
                    "BEGIN IMMEDIATE;"
                    "CREATE TABLE position(app TEXT NOT NULL, arn TEXT NOT NULL, shard TEXT NOT NULL,"
                    " number TEXT NOT NULL, remote_checkpoint TEXT NOT NULL, remote_nonce TEXT NOT NULL,"
                    " updated_ms INTEGER NOT NULL, remote_writer TEXT NOT NULL DEFAULT '',"
                    " PRIMARY KEY(app, arn, shard)) STRICT, WITHOUT ROWID;"
                    "CREATE TABLE gap(app TEXT NOT NULL, arn TEXT NOT NULL, shard TEXT NOT NULL,"
                    " after TEXT NOT NULL, until TEXT NOT NULL, found_ms INTEGER NOT NULL,"
                    " certain INTEGER NOT NULL, in_row INTEGER NOT NULL,"
                    " PRIMARY KEY(app, arn, shard, after)) STRICT;"
                    "PRAGMA application_id=1346719315;"
                    "PRAGMA user_version=3;"
                    "COMMIT",
                    "make");
}

/* What an earlier version of this program left. Its positions stay, of rows whose writer is not known: the rows are
 * believed. Its gaps stay too, which no row need carry yet. */
static struct status add_writer(sqlite3 *database)
{
    return run_text(database,
                    "BEGIN IMMEDIATE;"
                    "ALTER TABLE position ADD COLUMN remote_writer TEXT NOT NULL DEFAULT '';"
                    "PRAGMA user_version=3;"
                    "COMMIT",
                    "bring up to date");
}

static int bind_text(sqlite3_stmt *statement, int index, struct slice text)
{
    return sqlite3_bind_text(statement, index, text.length == 0 ? "" : text.at, (int)text.length,
                             SQLITE_TRANSIENT);
}

static struct status prepare_all(struct position_store *store)
{
    for (int i = 0; i < STATEMENTS; i++) {
        int result = sqlite3_prepare_v3(store->database, store_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                        &store->statements[i], NULL);
        if (result != SQLITE_OK) {
            return store_error(store->database, result, "prepare");
        }
    }
    return status_ok();
}

static struct status open_database(struct position_store *store, const char *path)
{
    int64_t version = 0;
    int result = sqlite3_open_v2(path, &store->database,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK) {
        return store_error(store->database, result, "open");
    }
    sqlite3_busy_timeout(store->database, STORE_BUSY_MS);
    TRY(check_file(store->database, &version));
    TRY(run_text(store->database,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-256;"
                 "PRAGMA journal_size_limit=1048576",
                 "open"));
    if (version == 0) {
        TRY(make_schema(store->database));
    } else if (version == STORE_WITHOUT_WRITER) {
        TRY(add_writer(store->database));
    }
    return prepare_all(store);
}

void position_store_prepare(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0); /* refused: it costs memory, nothing else */
}

struct status position_store_open(const char *path, const char *app, const char *stream_arn, int64_t wall_ms,
                                  struct position_store **ret_store)
{
    struct position_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return status_no_memory("the positions", sizeof *store);
    }
    store->app = app;
    store->stream_arn = stream_arn;
    struct status status = open_database(store, path);
    if (status_is_ok(&status)) {
        status = position_store_forget_old(store, wall_ms);
    }
    if (!status_is_ok(&status)) {
        position_store_close(store);
        return status;
    }
    *ret_store = store;
    return status_ok();
}

void position_store_close(struct position_store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    sqlite3_close(store->database);
    free(store);
}

/* Steps a statement that gives no rows, and makes it ready for the next use. */
static struct status step_once(struct position_store *store, enum store_statement which)
{
    int result = sqlite3_step(store->statements[which]);
    struct status status =
        result == SQLITE_DONE ? status_ok() : store_error(store->database, result, "write");
    sqlite3_reset(store->statements[which]);
    return status;
}

struct status position_store_forget_old(struct position_store *store, int64_t wall_ms)
{
    sqlite3_bind_int64(store->statements[FORGET], 1, wall_ms - STORE_FORGET_MS);
    return step_once(store, FORGET);
}

static struct slice column_slice(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return slice_of(text, text == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column));
}

/* False: a row that this program did not write. */
static bool read_entry(sqlite3_stmt *statement, struct position_entry *entry)
{
    struct slice number = column_slice(statement, 1);
    *entry = (struct position_entry){.dirty = false};
    return slice_copy_text(column_slice(statement, 0), entry->shard, sizeof entry->shard) &&
           (number.length == 0 || sequence_number_parse(number, &entry->row.number)) &&
           slice_copy_text(column_slice(statement, 2), entry->row.remote_checkpoint,
                           sizeof entry->row.remote_checkpoint) &&
           slice_copy_text(column_slice(statement, 3), entry->row.remote_nonce,
                           sizeof entry->row.remote_nonce) &&
           slice_copy_text(column_slice(statement, 4), entry->row.remote_writer,
                           sizeof entry->row.remote_writer);
}

static bool read_gap(sqlite3_stmt *statement, struct position_gap_entry *gap)
{
    struct slice after = column_slice(statement, 1);
    struct slice until = column_slice(statement, 2);
    *gap = (struct position_gap_entry){
        .found_wall_ms = sqlite3_column_int64(statement, 3),
        .certain = sqlite3_column_int(statement, 4) != 0,
        .in_row = sqlite3_column_int(statement, 5) != 0,
    };
    return slice_copy_text(column_slice(statement, 0), gap->shard, sizeof gap->shard) &&
           (after.length == 0 || sequence_number_parse(after, &gap->after)) &&
           (until.length == 0 || sequence_number_parse(until, &gap->until));
}

static sqlite3_stmt *begin_load(struct position_store *store, enum store_statement which)
{
    sqlite3_stmt *statement = store->statements[which];
    bind_text(statement, 1, slice_of_text(store->app));
    bind_text(statement, 2, slice_of_text(store->stream_arn));
    return statement;
}

static struct status end_load(struct position_store *store, sqlite3_stmt *statement, int result)
{
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? status_ok() : store_error(store->database, result, "read");
}

struct status position_store_load(struct position_store *store, const struct position_visitor *visitor)
{
    sqlite3_stmt *statement = begin_load(store, LOAD);
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct position_entry entry;
        if (read_entry(statement, &entry)) {
            visitor->position(visitor->context, &entry);
        }
    }
    TRY(end_load(store, statement, result));
    statement = begin_load(store, LOAD_GAPS);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct position_gap_entry gap;
        if (read_gap(statement, &gap)) {
            visitor->gap(visitor->context, &gap);
        }
    }
    return end_load(store, statement, result);
}

static struct status put_position(struct position_store *store, const struct position_entry *entry,
                                  int64_t wall_ms)
{
    sqlite3_stmt *statement = store->statements[PUT_POSITION];
    bind_text(statement, 1, slice_of_text(store->app));
    bind_text(statement, 2, slice_of_text(store->stream_arn));
    bind_text(statement, 3, slice_of_text(entry->shard));
    bind_text(statement, 4, sequence_number_slice(&entry->row.number));
    bind_text(statement, 5, slice_of_text(entry->row.remote_checkpoint));
    bind_text(statement, 6, slice_of_text(entry->row.remote_nonce));
    sqlite3_bind_int64(statement, 7, wall_ms);
    bind_text(statement, 8, slice_of_text(entry->row.remote_writer));
    return step_once(store, PUT_POSITION);
}

static struct status put_gap(struct position_store *store, const struct position_gap_entry *gap)
{
    enum store_statement which = gap->gone ? REMOVE_GAP : PUT_GAP;
    sqlite3_stmt *statement = store->statements[which];
    bind_text(statement, 1, slice_of_text(store->app));
    bind_text(statement, 2, slice_of_text(store->stream_arn));
    bind_text(statement, 3, slice_of_text(gap->shard));
    bind_text(statement, 4, sequence_number_slice(&gap->after));
    if (!gap->gone) {
        bind_text(statement, 5, sequence_number_slice(&gap->until));
        sqlite3_bind_int64(statement, 6, gap->found_wall_ms);
        sqlite3_bind_int64(statement, 7, gap->certain);
        sqlite3_bind_int64(statement, 8, gap->in_row);
    }
    return step_once(store, which);
}

/* Only when it changes: SQLite parses the PRAGMA anew each time. */
static struct status set_synchronous(struct position_store *store, bool synchronous)
{
    if (synchronous != store->synchronous) {
        TRY(run_text(store->database, synchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                     "write"));
        store->synchronous = synchronous;
    }
    return status_ok();
}

struct status position_store_write(struct position_store *store, const struct position_entry *entries,
                                   size_t entry_count, const struct position_gap_entry *gaps,
                                   size_t gap_count, int64_t wall_ms)
{
    struct status status;
    TRY(set_synchronous(store, gap_count > 0));
    TRY(step_once(store, BEGIN));
    for (size_t i = 0; i < entry_count; i++) {
        TRY_GOTO(status, fail, put_position(store, &entries[i], wall_ms));
    }
    for (size_t i = 0; i < gap_count; i++) {
        TRY_GOTO(status, fail, put_gap(store, &gaps[i]));
    }
    TRY_GOTO(status, fail, step_once(store, COMMIT));
    return status_ok();
fail:
    if (!sqlite3_get_autocommit(store->database)) {
        struct status rollback = step_once(store, ROLLBACK);
        if (!status_is_ok(&rollback)) {
            return rollback;
        }
    }
    return status;
}

const char *position_store_library_version(void)
{
    return sqlite3_libversion();
}
