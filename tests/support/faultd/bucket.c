#include "tests/support/faultd/bucket.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/tree.h"

void buckets_init(struct buckets *buckets)
{
    *buckets = (struct buckets){.count = 0};
    mutex_init(&buckets->lock);
}

static void object_free(struct object *object)
{
    bytes_free(&object->content);
    free(object);
}

static void bucket_free(struct bucket *bucket)
{
    for (size_t i = 0; i < bucket->count; i++) {
        object_free(bucket->objects[i]);
    }
    free(bucket->objects);
    free(bucket);
}

void buckets_reset(struct buckets *buckets)
{
    mutex_lock(&buckets->lock);
    while (buckets->count > 0) {
        bucket_free(buckets->all[--buckets->count]);
    }
    mutex_unlock(&buckets->lock);
}

void buckets_destroy(struct buckets *buckets)
{
    buckets_reset(buckets);
    mutex_destroy(&buckets->lock);
}

struct bucket *bucket_find(struct buckets *buckets, const char *name)
{
    for (size_t i = 0; i < buckets->count; i++) {
        if (strcmp(buckets->all[i]->name, name) == 0) {
            return buckets->all[i];
        }
    }
    return NULL;
}

const char *bucket_add(struct buckets *buckets, const char *name, bool track)
{
    const char *problem = NULL;
    struct bucket *bucket = calloc(1, sizeof *bucket);
    if (name == NULL || bucket == NULL ||
        !slice_copy_text(slice_of_text(name), bucket->name, sizeof bucket->name)) {
        free(bucket);
        return "name must be a text of at most 63 bytes";
    }
    bucket->track = track;
    mutex_lock(&buckets->lock);
    if (buckets->count == BUCKETS) {
        problem = "too many buckets";
    } else if (bucket_find(buckets, name) != NULL) {
        problem = "there is a bucket of this name";
    } else {
        buckets->all[buckets->count++] = bucket;
    }
    mutex_unlock(&buckets->lock);
    if (problem != NULL) {
        bucket_free(bucket);
    }
    return problem;
}

size_t bucket_seek(const struct bucket *bucket, const char *key)
{
    size_t low = 0, high = bucket->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(bucket->objects[middle]->key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct object *bucket_get(const struct bucket *bucket, const char *key)
{
    size_t at = bucket_seek(bucket, key);
    bool found = at < bucket->count && strcmp(bucket->objects[at]->key, key) == 0;
    return found ? bucket->objects[at] : NULL;
}

static struct object *insert(struct bucket *bucket, const char *key)
{
    if (bucket->count == bucket->capacity) {
        size_t capacity = bucket->capacity * 2 + 16;
        struct object **grown = realloc(bucket->objects, capacity * sizeof(struct object *));
        if (grown == NULL) {
            return NULL;
        }
        bucket->objects = grown;
        bucket->capacity = capacity;
    }
    struct object *object = calloc(1, sizeof *object);
    if (object == NULL || !slice_copy_text(slice_of_text(key), object->key, sizeof object->key)) {
        free(object);
        return NULL;
    }
    bytes_init(&object->content, BUCKET_BYTES);
    size_t at = bucket_seek(bucket, key);
    memmove(bucket->objects + at + 1, bucket->objects + at, (bucket->count - at) * sizeof(struct object *));
    bucket->objects[at] = object;
    bucket->count++;
    return object;
}

bool bucket_put(struct bucket *bucket, const char *key, struct slice type, struct slice content,
                int64_t now_ms, bool *ret_new)
{
    struct object *object = bucket_get(bucket, key);
    *ret_new = object == NULL;
    if (bucket->count >= OBJECTS_MOST || bucket->bytes + content.length > BUCKET_BYTES) {
        return false;
    }
    object = object == NULL ? insert(bucket, key) : object;
    if (object == NULL) {
        return false;
    }
    bucket->bytes += content.length - object->content.length;
    bytes_clear(&object->content);
    struct status status = bytes_append_slice(&object->content, content);
    if (!slice_copy_text(type, object->type, sizeof object->type)) {
        object->type[0] = '\0';
    }
    object->modified_ms = now_ms;
    object->puts++;
    return status_is_ok(&status);
}

void bucket_remove(struct bucket *bucket, const char *key)
{
    size_t at = bucket_seek(bucket, key);
    if (at == bucket->count || strcmp(bucket->objects[at]->key, key) != 0) {
        return;
    }
    bucket->bytes -= bucket->objects[at]->content.length;
    object_free(bucket->objects[at]);
    bucket->count--;
    memmove(bucket->objects + at, bucket->objects + at + 1, (bucket->count - at) * sizeof(struct object *));
}

cJSON *buckets_report(struct buckets *buckets)
{
    cJSON *list = cJSON_CreateArray();
    mutex_lock(&buckets->lock);
    for (size_t i = 0; i < buckets->count; i++) {
        const struct bucket *bucket = buckets->all[i];
        cJSON *entry = tree_append(list, cJSON_CreateObject());
        cJSON *objects = cJSON_CreateArray();
        tree_add_text(entry, "name", bucket->name);
        for (size_t j = 0; j < bucket->count; j++) {
            cJSON *object = tree_append(objects, cJSON_CreateObject());
            tree_add_text(object, "key", bucket->objects[j]->key);
            tree_add_integer(object, "size", bucket->objects[j]->content.length);
            tree_add_integer(object, "puts", bucket->objects[j]->puts);
        }
        tree_attach(entry, "objects", objects);
    }
    mutex_unlock(&buckets->lock);
    return list;
}
