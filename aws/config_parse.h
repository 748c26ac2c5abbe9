/* Private to config_file.c and config_parse.c: the parsed form and the parser. */
#ifndef PENSTOCK_AWS_CONFIG_PARSE_H
#define PENSTOCK_AWS_CONFIG_PARSE_H

#include "aws/config_file.h"

/* Offsets are into `text` and name NUL-terminated texts; offset 0 is "". */
struct config_section {
    uint32_t header;
    uint32_t name; /* of CONFIG_PROFILE and CONFIG_SERVICES */
    enum config_section_kind kind;
};

struct config_entry {
    uint32_t section; /* index */
    uint32_t key;
    uint32_t subkey; /* 0: not nested */
    uint32_t value;
};

struct config_file {
    char path[512];
    char problem[128];
    struct bytes text; /* never grows once parsing has begun: it holds secrets */
    struct config_section *sections;
    size_t section_count;
    size_t section_capacity;
    struct config_entry *entries;
    size_t entry_count;
    size_t entry_capacity;
};

/* Fills an empty file with a path. */
struct status config_parse(struct config_file *file, struct slice text) MUST_USE;

#endif
