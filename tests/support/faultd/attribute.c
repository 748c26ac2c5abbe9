#include "tests/support/faultd/attribute.h"

static const char *const values[] = {
    "{\"S\":\"plain text of an order\"}",
    "{\"S\":\"a \\\"quoted\\\" word and a back\\\\slash\"}",
    "{\"S\":\"line\\nfeed, tab\\t, bell\\u0007, return\\r\"}",
    "{\"S\":\"\xC3\xA9t\xC3\xA9, \xE6\xBC\xA2\xE5\xAD\x97, \xF0\x9F\x98\x80\"}",
    "{\"S\":\"\\ud83d\\ude00 \\u00e9 \\u2028 \\/\"}",
    "{\"S\":\"\"}",
    "{\"S\":\"\\\",\\\"shard\\\":\\\"no\\\",\\\"seq\\\":\\\"1\\\"}\"}",
    "{\"N\":\"1.5\"}",
    "{\"N\":\"-0.000000000000000000000000000000000001\"}",
    "{\"N\":\"12345678901234567890123456789012345678\"}",
    "{\"N\":\"1E-130\"}",
    "{\"N\":\"9.9999999999999999999999999999999999999E+125\"}",
    "{\"BOOL\":true}",
    "{\"BOOL\":false}",
    "{\"NULL\":true}",
    "{\"B\":\"AAECAwQFBgcICQ==\"}",
    "{\"B\":\"\"}",
    "{\"SS\":[\"a\",\"b \\\"c\\\"\",\"\xE2\x82\xAC\"]}",
    "{\"NS\":[\"1\",\"-2.5\",\"3E+20\"]}",
    "{\"BS\":[\"AA==\",\"//8=\"]}",
    "{\"L\":[{\"S\":\"x\"},{\"N\":\"1\"},{\"L\":[]},{\"M\":{}}]}",
    "{\"M\":{\"a\":{\"S\":\"]}\"},\"b\":{\"M\":{\"c\":{\"L\":[{\"NULL\":true}]}}}}}",
    "{\"M\":{\"NewImage\":{\"S\":\"{\"},\"SequenceNumber\":{\"S\":\"111\"}}}",
};

static const char *const names[] = {"price", "name \\\"x\\\"", "\xC3\xBC_x", "S",
                                    "seq",   "shard",          "a.b",        "status"};

static const char *const words[] = {"lorem ",       "ipsum ",     "\xC3\xA4pfel ", "\\\"dolor\\\" ",
                                    "sit ",         "amet\\n",    "\xE6\xB0\xB4",  "0123456789 ",
                                    "consectetur ", "\\u00e9lit "};

bool attribute_append(struct bytes *target, struct random *random, uint32_t number)
{
    const char *value = values[random_below(random, sizeof values / sizeof values[0])];
    const char *name = names[random_below(random, sizeof names / sizeof names[0])];
    struct status status = bytes_append_format(target, ",\"%s%u\":%s", name, number, value);
    return status_is_ok(&status);
}

bool attribute_append_filler(struct bytes *target, struct random *random, size_t bytes)
{
    struct status status = bytes_append_text(target, ",\"text\":{\"S\":\"");
    size_t start = target->length;
    while (status_is_ok(&status) && target->length - start + 12 < bytes) {
        status = bytes_append_text(target, words[random_below(random, sizeof words / sizeof words[0])]);
    }
    if (status_is_ok(&status)) {
        status = bytes_append_text(target, "\"}");
    }
    return status_is_ok(&status);
}
