/* Which region: the one chosen > AWS_REGION > AWS_DEFAULT_REGION > the profile's. The instance's own region
 * is not asked for, as the AWS CLI does not either. Pure. */
#ifndef PENSTOCK_AWS_REGION_H
#define PENSTOCK_AWS_REGION_H

#include "aws/endpoint.h"
#include "aws/profiles.h"

struct aws_region {
    char name[AWS_REGION_BYTES];
    bool is_fips; /* it was written in the old way, "fips-us-east-1" or "us-east-1-fips": FIPS endpoints */
};

/* STATUS_NOT_FOUND names the ways to give one; STATUS_INVALID for a text that cannot be a region, naming
 * where it stands. `chosen` may be NULL. */
struct status aws_region_resolve(const char *chosen, const struct environment *environment,
                                 const struct profiles *profiles, const char *profile,
                                 struct aws_region *ret_region) MUST_USE;

/* 1 to 63 letters, digits and '-', not at an end, not digits alone: what can be part of a host name. */
bool aws_region_is_valid(const char *region) MUST_USE;

#endif
