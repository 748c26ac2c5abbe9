#include "tests/support/faultd/hose.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"
#include "tests/support/faultd/tree.h"

enum { BUFFER_CEILING = 160 * 1024 * 1024 };

void hoses_init(struct hoses *hoses)
{
    *hoses = (struct hoses){.count = 0};
    mutex_init(&hoses->lock);
    mutex_lock(&hoses->lock);
    hoses->nonce = random_seed_from_system();
    mutex_unlock(&hoses->lock);
}

static void hose_free(struct hose *hose)
{
    bytes_free(&hose->buffer);
    bytes_free(&hose->kept);
    free(hose);
}

void hoses_reset(struct hoses *hoses)
{
    hoses_flush(hoses, true);
    mutex_lock(&hoses->lock);
    while (hoses->count > 0) {
        hose_free(hoses->all[--hoses->count]);
    }
    mutex_unlock(&hoses->lock);
}

void hoses_destroy(struct hoses *hoses)
{
    hoses_reset(hoses);
    mutex_destroy(&hoses->lock);
}

struct hose *hose_find(struct hoses *hoses, const char *name)
{
    for (size_t i = 0; i < hoses->count; i++) {
        if (strcmp(hoses->all[i]->name, name) == 0) {
            return hoses->all[i];
        }
    }
    return NULL;
}

static bool name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return name[0] != '\0' && strlen(name) < HOSE_NAME_BYTES && strspn(name, allowed) == strlen(name);
}

static const char *read_hose(const cJSON *tree, const char *region, const char *landing, struct hose *hose)
{
    const char *name = tree_text(tree, "name");
    const char *prefix = tree_text(tree, "prefix");
    char expanded[HOSE_PATH_BYTES];
    if (name == NULL || !name_is_valid(name)) {
        return "name must be 1 to 64 of a-zA-Z0-9_.-";
    }
    snprintf(hose->name, sizeof hose->name, "%s", name);
    snprintf(hose->arn, sizeof hose->arn, "arn:aws:firehose:%s:000000000000:deliverystream/%s", region, name);
    if (tree_text(tree, "landing") != NULL) {
        landing = tree_text(tree, "landing");
    }
    if (landing != NULL && !slice_copy_text(slice_of_text(landing), hose->landing, sizeof hose->landing)) {
        return "landing is too long";
    }
    if (prefix == NULL) {
        snprintf(hose->prefix, sizeof hose->prefix, "ddb/%s/dt=!{timestamp:yyyy-MM-dd}/HH=!{timestamp:HH}/",
                 name);
    } else if (!slice_copy_text(slice_of_text(prefix), hose->prefix, sizeof hose->prefix)) {
        return "prefix is too long";
    }
    if (!hose_expand_prefix(hose->prefix, 0, expanded, sizeof expanded) ||
        strstr(hose->prefix, "..") != NULL) {
        return "prefix has a malformed expression";
    }
    hose->buffer_bytes = tree_integer(tree, "buffer_bytes", 5 * 1024 * 1024);
    hose->buffer_ms = tree_integer(tree, "buffer_ms", 300000);
    if (hose->buffer_bytes < 1 || hose->buffer_bytes > 128 * 1024 * 1024 || hose->buffer_ms < 0 ||
        hose->buffer_ms > 900000) {
        return "buffer_bytes must lie in 1 to 128 MiB, buffer_ms in 0 to 900,000";
    }
    hose->delimiter = tree_bool(tree, "delimiter", false);
    hose->keep = tree_bool(tree, "keep", false);
    return NULL;
}

const char *hose_add(struct hoses *hoses, const cJSON *tree, const char *region, const char *landing,
                     int64_t now_ms)
{
    struct hose *hose = calloc(1, sizeof *hose);
    const char *problem = hose == NULL ? "out of memory" : read_hose(tree, region, landing, hose);
    if (problem == NULL) {
        hose->created_ms = now_ms;
        bytes_init(&hose->buffer, BUFFER_CEILING);
        bytes_init(&hose->kept, HOSE_KEPT_BYTES);
        mutex_lock(&hoses->lock);
        if (hoses->count == HOSES) {
            problem = "there are 64 delivery streams already";
        } else if (hose_find(hoses, hose->name) != NULL) {
            problem = "a delivery stream of this name exists";
        } else {
            hoses->all[hoses->count++] = hose;
            hose = NULL;
        }
        mutex_unlock(&hoses->lock);
    }
    free(hose);
    return problem;
}

void hose_remove(struct hoses *hoses, const char *name)
{
    hoses_flush(hoses, true);
    mutex_lock(&hoses->lock);
    for (size_t i = 0; i < hoses->count; i++) {
        if (strcmp(hoses->all[i]->name, name) == 0) {
            hose_free(hoses->all[i]);
            hoses->all[i] = hoses->all[--hoses->count];
            break;
        }
    }
    mutex_unlock(&hoses->lock);
}

/* Writes the buffer as one file named as Firehose names its objects. */
static bool write_buffer(struct hoses *hoses, struct hose *hose) REQUIRES(hoses->lock)
{
    char folder[HOSE_PATH_BYTES], stamp[64], path[2 * HOSE_PATH_BYTES + 256];
    if (!hose_expand_prefix(hose->prefix, hose->oldest_ms, folder, sizeof folder) ||
        !hose_expand_prefix("!{timestamp:yyyy-MM-dd-HH-mm-ss}", hose->oldest_ms, stamp, sizeof stamp)) {
        snprintf(hose->last_error, sizeof hose->last_error, "the prefix cannot be expanded");
        return false;
    }
    snprintf(path, sizeof path, "%s/%s%s-1-%s-%016llx-%06llu.gz", hose->landing, folder, hose->name, stamp,
             (unsigned long long)hoses->nonce, (unsigned long long)++hoses->files);
    if (!hose_write_file(path, bytes_slice(&hose->buffer), hose->last_error, sizeof hose->last_error)) {
        return false;
    }
    hose->files++;
    bytes_clear(&hose->buffer);
    return true;
}

static void buffer_record(struct hose *hose, struct slice record, int64_t now_ms)
{
    struct status status = status_ok();
    if (hose->landing[0] != '\0') {
        if (hose->buffer.length == 0) {
            hose->oldest_ms = now_ms;
            hose->flush_boot_ms = clock_boot_ms(clock_real()) + hose->buffer_ms;
        }
        status = bytes_append_slice(&hose->buffer, record);
        if (status_is_ok(&status) && hose->delimiter) {
            status = bytes_append(&hose->buffer, "\n", 1);
        }
    }
    if (status_is_ok(&status) && hose->keep) {
        status = bytes_append_slice(&hose->kept, record);
    }
    if (!status_is_ok(&status)) {
        hose->file_failures++;
        snprintf(hose->last_error, sizeof hose->last_error, "%s", status.reason);
    }
}

void hose_accept(struct hoses *hoses, struct hose *hose, struct slice data, const size_t *offsets,
                 size_t count, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++) {
        struct slice record = slice_of(data.at + offsets[i], offsets[i + 1] - offsets[i]);
        hose->records++;
        hose->bytes += record.length;
        if (hose->landing[0] != '\0' || hose->keep) {
            buffer_record(hose, record, now_ms);
        }
    }
    if ((int64_t)hose->buffer.length >= hose->buffer_bytes && !write_buffer(hoses, hose)) {
        hose->file_failures++;
    }
}

size_t hoses_flush(struct hoses *hoses, bool all)
{
    size_t failed = 0;
    int64_t now = clock_boot_ms(clock_real());
    mutex_lock(&hoses->lock);
    for (size_t i = 0; i < hoses->count; i++) {
        struct hose *hose = hoses->all[i];
        if (hose->buffer.length > 0 && (all || now >= hose->flush_boot_ms) && !write_buffer(hoses, hose)) {
            hose->file_failures++;
            hose->flush_boot_ms = now + 1000;
            failed++;
        }
    }
    mutex_unlock(&hoses->lock);
    return failed;
}

cJSON *hoses_report(struct hoses *hoses)
{
    cJSON *list = cJSON_CreateArray();
    mutex_lock(&hoses->lock);
    for (size_t i = 0; i < hoses->count; i++) {
        const struct hose *hose = hoses->all[i];
        cJSON *entry = tree_append(list, cJSON_CreateObject());
        tree_add_text(entry, "name", hose->name);
        tree_add_text(entry, "arn", hose->arn);
        tree_add_integer(entry, "records", hose->records);
        tree_add_integer(entry, "bytes", hose->bytes);
        tree_add_integer(entry, "buffered", hose->buffer.length);
        tree_add_integer(entry, "files", hose->files);
        tree_add_integer(entry, "file_failures", hose->file_failures);
        tree_add_text(entry, "last_error", hose->last_error);
    }
    mutex_unlock(&hoses->lock);
    return list;
}
