#include "worker/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <strings.h>

static bool same_letter(char left, char right)
{
    return tolower((unsigned char)left) == tolower((unsigned char)right);
}

static size_t least_of(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Optimal string alignment: Levenshtein with swaps, three rows at a time. */
size_t suggest_distance(struct slice left, struct slice right)
{
    size_t rows[3][SUGGEST_NAME_BYTES + 1];
    size_t height = least_of(left.length, SUGGEST_NAME_BYTES);
    size_t width = least_of(right.length, SUGGEST_NAME_BYTES);
    for (size_t x = 0; x <= width; x++) {
        rows[0][x] = x;
    }
    for (size_t y = 1; y <= height; y++) {
        size_t *row = rows[y % 3];
        const size_t *above = rows[(y + 2) % 3];
        const size_t *two_above = rows[(y + 1) % 3];
        row[0] = y;
        for (size_t x = 1; x <= width; x++) {
            size_t cost = same_letter(left.at[y - 1], right.at[x - 1]) ? 0 : 1;
            row[x] = least_of(least_of(above[x] + 1, row[x - 1] + 1), above[x - 1] + cost);
            bool swapped = y > 1 && x > 1 && same_letter(left.at[y - 1], right.at[x - 2]) &&
                           same_letter(left.at[y - 2], right.at[x - 1]);
            if (swapped) {
                row[x] = least_of(row[x], two_above[x - 2] + 1);
            }
        }
    }
    return rows[height % 3][width];
}

static bool begins_with_other(struct slice left, struct slice right)
{
    size_t shorter = least_of(left.length, right.length);
    return shorter >= 3 && strncasecmp(left.at, right.at, shorter) == 0;
}

const char *suggest_nearest(struct slice name, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        struct slice candidate = slice_of_text(names[i]);
        size_t distance = suggest_distance(name, candidate);
        size_t longer = name.length > candidate.length ? name.length : candidate.length;
        bool near = distance * 3 <= longer || (distance == 1 && longer > 1);
        if (!near && begins_with_other(name, candidate)) {
            near = true;
            distance = SUGGEST_NAME_BYTES;
        }
        if (near && distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
