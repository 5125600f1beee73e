#include "source/codec.h"

const tine__codec tine__codec_zstd = {
    .name = "zstd", .magic = "\x28\xb5\x2f\xfd", .n_magic = 4, .needs = "libzstd"};
