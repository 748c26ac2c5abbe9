#define ZLIB_CONST
#include "tests/support/faultd/s3_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include "base/clock.h"
#include "tests/support/faultd/base64.h"
#include "tests/support/faultd/digest.h"
#include "tests/support/faultd/s3_request.h"
#include "tests/support/faultd/tracker.h"

enum { PLAIN_CEILING = 256 * 1024 * 1024, PAGE_MOST = 1000, INFLATE_BYTES = 65536 };

static void no_bucket(struct reply *reply, const struct request *request)
{
    reply_error(reply, request, 404, "NoSuchBucket", "The specified bucket does not exist");
}

/* What gzip holds, or the bytes themselves. False: broken gzip. */
static bool inflate_all(struct slice content, struct bytes *plain)
{
    z_stream stream = {.next_in = (const Bytef *)content.at, .avail_in = (uInt)content.length};
    char part[INFLATE_BYTES];
    int code = Z_OK;
    if (content.length < 2 || memcmp(content.at, "\x1f\x8b", 2) != 0) {
        struct status status = bytes_append_slice(plain, content);
        return status_is_ok(&status);
    }
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
        return false;
    }
    while (code == Z_OK) {
        stream.next_out = (Bytef *)part;
        stream.avail_out = sizeof part;
        code = inflate(&stream, Z_NO_FLUSH);
        struct status status = bytes_append(plain, part, sizeof part - stream.avail_out);
        code = status_is_ok(&status) ? code : Z_MEM_ERROR;
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END;
}

/* The lines of an object in a landing bucket are delivered. */
static void track(struct world *world, struct slice content)
{
    struct bytes plain;
    bytes_init(&plain, PLAIN_CEILING);
    if (!inflate_all(content, &plain)) {
        bytes_clear(&plain); /* no line in it: seen as missing */
    }
    mutex_lock(&world->streams.lock);
    uint64_t lines = tracker_mark(&world->streams, bytes_slice(&plain), world_now_ms(world));
    mutex_unlock(&world->streams.lock);
    stats_note_records(&world->stats, 0, 0, lines);
    bytes_free(&plain);
}

/* x-amz-checksum-sha256, when it is there. */
static bool checksum_is_right(const struct request *request)
{
    struct slice wanted = request_header(request, "x-amz-checksum-sha256");
    unsigned char digest[DIGEST_BYTES];
    struct bytes sent;
    if (wanted.length == 0) {
        return true;
    }
    bytes_init(&sent, 64);
    bool right = base64_decode(wanted, &sent) && digest_sha256(request->body, digest) &&
                 sent.length == sizeof digest && memcmp(sent.at, digest, sizeof digest) == 0;
    bytes_free(&sent);
    return right;
}

/* What every stored object gets: a mark of its content. */
static void reply_etag(struct reply *reply, struct slice content)
{
    char line[64];
    int length = snprintf(line, sizeof line, "ETag: \"%zx-%lx\"\r\n", content.length,
                          crc32_z(0, (const Bytef *)content.at, content.length));
    struct status status = bytes_append(&reply->headers, line, (size_t)length);
    reply->failed = reply->failed || !status_is_ok(&status);
}

void s3_put_object(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply)
{
    struct s3_place place = {.bucket = ""};
    bool fresh = false;
    (void)fault;
    if (!s3_read_place(request, &place)) {
        reply_error(reply, request, 400, "KeyTooLongError", "Your key is too long");
        return;
    }
    if (!checksum_is_right(request)) {
        reply_error(reply, request, 400, "BadDigest",
                    "The SHA256 you specified did not match the calculated checksum.");
        return;
    }
    mutex_lock(&world->buckets.lock);
    struct bucket *bucket = bucket_find(&world->buckets, place.bucket);
    bool stored = bucket != NULL && bucket_put(bucket, place.key, request_header(request, "content-type"),
                                               request->body, world_now_ms(world), &fresh);
    bool tracked = stored && fresh && bucket->track;
    mutex_unlock(&world->buckets.lock);
    if (bucket == NULL) {
        no_bucket(reply, request);
    } else if (!stored) {
        reply_error(reply, request, 500, "InternalError", "this server has no room left");
    } else {
        reply_etag(reply, request->body);
        if (tracked) {
            track(world, request->body);
        }
    }
}

void s3_get_object(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply)
{
    struct s3_place place = {.bucket = ""};
    bool whole = s3_read_place(request, &place);
    (void)fault;
    mutex_lock(&world->buckets.lock);
    struct bucket *bucket = bucket_find(&world->buckets, place.bucket);
    const struct object *object = bucket == NULL || !whole ? NULL : bucket_get(bucket, place.key);
    if (object != NULL) {
        reply->content_type = "application/octet-stream";
        reply_slice(reply, bytes_slice(&object->content));
        reply_etag(reply, bytes_slice(&object->content));
    }
    mutex_unlock(&world->buckets.lock);
    if (bucket == NULL) {
        no_bucket(reply, request);
    } else if (object == NULL) {
        reply_error(reply, request, 404, "NoSuchKey", "The specified key does not exist.");
    }
}

void s3_delete_object(struct world *world, const struct request *request, const struct fault *fault,
                      struct reply *reply)
{
    struct s3_place place = {.bucket = ""};
    bool whole = s3_read_place(request, &place);
    (void)fault;
    mutex_lock(&world->buckets.lock);
    struct bucket *bucket = bucket_find(&world->buckets, place.bucket);
    if (bucket != NULL && whole) {
        bucket_remove(bucket, place.key);
    }
    mutex_unlock(&world->buckets.lock);
    reply->status = 204;
    if (bucket == NULL) {
        no_bucket(reply, request);
    }
}

/* encoding-type=url, else as XML text. */
static void reply_key(struct reply *reply, const char *key, bool url)
{
    for (; *key != '\0'; key++) {
        bool plain =
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.*/", *key) != NULL;
        if (plain) {
            reply_slice(reply, slice_of(key, 1));
        } else if (url) {
            reply_print(reply, "%%%02X", (unsigned char)*key);
        } else {
            reply_print(reply, "&#%u;", (unsigned char)*key);
        }
    }
}

static void reply_object(struct reply *reply, const struct object *object, bool url)
{
    char when[CLOCK_ISO_BYTES];
    clock_format_iso(object->modified_ms, when);
    reply_text(reply, "<Contents><Key>");
    reply_key(reply, object->key, url);
    reply_print(reply,
                "</Key><LastModified>%s</LastModified><ETag>&quot;%zx&quot;</ETag><Size>%zu</Size>"
                "<StorageClass>STANDARD</StorageClass></Contents>",
                when, object->content.length, object->content.length);
}

/* One page; the token is the key to go on with. */
static void reply_page(const struct bucket *bucket, const char *prefix, const char *from, int64_t most,
                       struct reply *reply, bool url)
{
    size_t at = bucket_seek(bucket, strcmp(from, prefix) > 0 ? from : prefix);
    int64_t count = 0;
    reply->content_type = "application/xml";
    reply_print(reply,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>%s</Name>",
                bucket->name);
    for (;
         at < bucket->count && strncmp(bucket->objects[at]->key, prefix, strlen(prefix)) == 0 && count < most;
         at++) {
        reply_object(reply, bucket->objects[at], url);
        count++;
    }
    bool more = at < bucket->count && strncmp(bucket->objects[at]->key, prefix, strlen(prefix)) == 0;
    if (more) {
        reply_text(reply, "<NextContinuationToken>");
        for (const char *c = bucket->objects[at]->key; *c != '\0'; c++) {
            reply_print(reply, "%02x", (unsigned char)*c);
        }
        reply_text(reply, "</NextContinuationToken>");
    }
    reply_print(reply, "%s<KeyCount>%lld</KeyCount><MaxKeys>%lld</MaxKeys><IsTruncated>%s</IsTruncated>",
                url ? "<EncodingType>url</EncodingType>" : "", (long long)count, (long long)most,
                more ? "true" : "false");
    reply_text(reply, "</ListBucketResult>");
}

static bool read_token(const char *token, char key[OBJECT_KEY_BYTES])
{
    size_t length = strlen(token) / 2;
    for (size_t i = 0; i < length && i + 1 < OBJECT_KEY_BYTES; i++) {
        char digits[3] = {token[2 * i], token[2 * i + 1], '\0'};
        key[i] = (char)strtoul(digits, NULL, 16);
    }
    key[length < OBJECT_KEY_BYTES ? length : 0] = '\0';
    return length > 0 && length < OBJECT_KEY_BYTES;
}

void s3_list_objects(struct world *world, const struct request *request, const struct fault *fault,
                     struct reply *reply)
{
    struct s3_place place = {.bucket = ""};
    char token[2 * OBJECT_KEY_BYTES] = "", prefix[OBJECT_KEY_BYTES] = "", text[32] = "";
    char from[OBJECT_KEY_BYTES] = "";
    int64_t most = atomic_load(&world->settings.list_page), asked = PAGE_MOST;
    (void)fault;
    bool whole = s3_read_place(request, &place) && s3_query(request, "list-type", text, sizeof text);
    if (!whole || strcmp(text, "2") != 0) {
        reply_error(reply, request, 501, "NotImplemented", "only ListObjectsV2 (list-type=2) lists here");
        return;
    }
    if (s3_query(request, "max-keys", text, sizeof text) && slice_parse_int64(slice_of_text(text), &asked)) {
        most = asked >= 0 && asked < most ? asked : most;
    }
    bool url = s3_query(request, "encoding-type", text, sizeof text) && strcmp(text, "url") == 0;
    if (!s3_query(request, "prefix", prefix, sizeof prefix)) {
        prefix[0] = '\0';
    }
    if (s3_query(request, "continuation-token", token, sizeof token) && !read_token(token, from)) {
        reply_error(reply, request, 400, "InvalidArgument", "The continuation token provided is incorrect");
        return;
    }
    mutex_lock(&world->buckets.lock);
    const struct bucket *bucket = bucket_find(&world->buckets, place.bucket);
    if (bucket != NULL) {
        reply_page(bucket, prefix, from, most, reply, url);
    }
    mutex_unlock(&world->buckets.lock);
    if (bucket == NULL) {
        no_bucket(reply, request);
    }
}
