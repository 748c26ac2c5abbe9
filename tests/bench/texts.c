/* How fast the decoder passes over texts of several languages: tests/bench/texts says more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shard/decode_cursor.h"
#include "shard/decode_usual.h"

enum { TEXT_BYTES = 4000, ITEM_BYTES = TEXT_BYTES + 256, ROUNDS = 9, PASSES = 20000 };

static const struct {
    const char *name, *unit;
} texts[] = {
    {"English", "one line of a text as people write it. "},
    {"lines", "one line of a text as people write it\\n"},
    {"JSON", "{\\\"key\\\":\\\"value\\\",\\\"n\\\":12345},"},
    {"German", "Die gr\xC3\xBC\xC3\x9F"
               "en Str\xC3\xA4\xC3\x9F"
               "en aus der Ferne. "},
    {"Russian", "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82 "},
    {"Japanese", "\xE6\xBC\xA2\xE5\xAD\x97"},
    {"escaped", "\\u00e9\\u2028"},
};

struct item {
    char text[ITEM_BYTES];
    size_t length;
};

/* An image whose one attribute is the text. A space behind the first bracket rules the short way out. */
static void make_item(const char *unit, bool spaced, struct item *item)
{
    item->length = (size_t)snprintf(item->text, ITEM_BYTES, "{%s\"text\":{\"S\":\"", spaced ? " " : "");
    while (item->length < TEXT_BYTES) {
        memcpy(item->text + item->length, unit, strlen(unit));
        item->length += strlen(unit);
    }
    memcpy(item->text + item->length, "\"}}", 3);
    item->length += 3;
}

static size_t pass_long(const struct item *item)
{
    struct decode_cursor cursor = {.at = item->text, .end = item->text + item->length};
    struct slice value;
    return decode_cursor_value(&cursor, &value) ? value.length : 0;
}

static size_t pass_short(const struct item *item)
{
    const char *behind = decode_usual_container(item->text, item->text + item->length);
    return behind == NULL ? 0 : (size_t)(behind - item->text);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The best of the rounds, in bytes of item by nanosecond. */
static double measure(size_t (*pass)(const struct item *item), const struct item *item)
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double before = seconds_now();
        for (int i = 0; i < PASSES; i++) {
            if (pass(item) != item->length) {
                fputs("bench_texts: an item is not passed whole\n", stderr);
                exit(1);
            }
        }
        double speed = (double)item->length * (double)PASSES / ((seconds_now() - before) * 1e9);
        best = speed > best ? speed : best;
    }
    return best;
}

int main(void)
{
    printf("%-10s%14s%14s%8s\n", "text", "blocks GB/s", "bytes GB/s", "ratio");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct item plain;
        struct item spaced;
        make_item(texts[i].unit, false, &plain);
        make_item(texts[i].unit, true, &spaced);
        double blocks = measure(pass_short, &plain);
        double bytes = measure(pass_long, &spaced);
        printf("%-10s%14.2f%14.2f%8.2f\n", texts[i].name, blocks, bytes, blocks / bytes);
    }
    return 0;
}
