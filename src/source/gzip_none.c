#include "source/codec.h"

const tine__codec tine__codec_gzip = {
    .name = "gzip", .magic = "\x1f\x8b", .n_magic = 2, .needs = "ISA-L or zlib"};
