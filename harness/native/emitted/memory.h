/* Part of an emitted test: memory that tells who made and who freed it. Written into it after the parts before; see state.h. */

/* ---- Memory ---- */

static uint8_t* cmc_map_pages(size_t size)
{
#if defined(_WIN32)
    DWORD old;
    uint8_t* pages = (uint8_t*)VirtualAlloc(NULL, size + CMC_PAGE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (pages) VirtualProtect(pages + size, CMC_PAGE, PAGE_NOACCESS, &old);
    return pages;
#else
    void* pages = mmap(NULL, size + CMC_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return NULL;
    mprotect((uint8_t*)pages + size, CMC_PAGE, PROT_NONE);
    return (uint8_t*)pages;
#endif
}

static void cmc_close_pages(cmc_block_t* block)
{
#if defined(_WIN32)
    DWORD old;
    VirtualProtect(block->pages, block->pages_size, PAGE_NOACCESS, &old);
#else
    mprotect(block->pages, block->pages_size, PROT_NONE);
#endif
}

static void* cmc_allocate(size_t size, int kind)
{
    cmc_block_t* block = &cmc_blocks[cmc_block_count];
    size_t room = (size + 15) & ~(size_t)15;
    if (++cmc_asked == cmc_failing) return NULL;
    if (kind == CMC_EPOCH_ALIGNED) room = (size + 63) & ~(size_t)63;
    if (cmc_block_count == CMC_BLOCKS_MAX) return NULL;
    block->pages_size = (room + CMC_PAGE - 1) / CMC_PAGE * CMC_PAGE;
    if (block->pages_size == 0) block->pages_size = CMC_PAGE;
    block->pages = cmc_map_pages(block->pages_size);
    if (!block->pages) return NULL;
    block->memory = block->pages + block->pages_size - room;
    block->size = size;
    block->room = room;
    memset((uint8_t*)block->memory + size, 0xa5, room - size);
    block->kind = kind;
    block->call = cmc_call;
    block->ordinal = cmc_asked;
    cmc_block_count += 1;
    return block->memory;
}

static void cmc_release(void* memory, int kind)
{
    for (int at = 0; memory && at < cmc_block_count; at += 1) {
        cmc_block_t* block = &cmc_blocks[at];
        if (block->memory != memory || block->kind == CMC_OBJECT) continue;
        if (block->freed_in != 0) cmc_fail("memory made in call %d was freed again", block->call);
        else if (block->kind != kind) cmc_fail("memory made in call %d was freed by the wrong function", block->call);
        block->freed_in = cmc_call;
        if (kind == CMC_POOL) cmc_close_pages(block);
        return;
    }
    if (memory) cmc_fail("memory was freed that nobody had allocated");
}

/* What lies between the end of a block and the page behind it belongs to nobody. */
static void cmc_check_tails(void)
{
    for (int at = 0; at < cmc_block_count; at += 1) {
        const cmc_block_t* block = &cmc_blocks[at];
        if (block->kind == CMC_OBJECT || block->freed_in) continue;
        for (size_t byte = block->size; byte < block->room; byte += 1)
            if (((const uint8_t*)block->memory)[byte] != 0xa5)
                cmc_fail("it wrote behind the memory of call %d", block->call);
    }
}

/* Epochs end between operations: what was freed in them cannot be read any more. */
static void cmc_end_operation(void)
{
    for (int at = 0; at < cmc_block_count; at += 1)
        if (cmc_blocks[at].freed_in && cmc_blocks[at].kind != CMC_OBJECT) cmc_close_pages(&cmc_blocks[at]);
}

/* Whether the nth thing of a kind that a call made is still there. */
static bool cmc_is_held(int call, int ordinal, int kind)
{
    for (int at = 0; at < cmc_block_count; at += 1) {
        const cmc_block_t* block = &cmc_blocks[at];
        if (block->call == call && block->ordinal == ordinal && (block->kind == CMC_OBJECT) == (kind == CMC_OBJECT))
            return block->freed_in == 0;
    }
    return false;
}

static void* cmc_epoch_allocate(size_t size, uint32_t tag) { return (void)tag, cmc_allocate(size, CMC_EPOCH); }
static void* cmc_epoch_allocate_aligned(size_t size, uint32_t tag) { return (void)tag, cmc_allocate(size, CMC_EPOCH_ALIGNED); }
static void cmc_epoch_free(void* memory) { cmc_release(memory, CMC_EPOCH); }
static void cmc_epoch_free_aligned(void* memory) { cmc_release(memory, CMC_EPOCH_ALIGNED); }
static void* cmc_pool_allocate(size_t size, uint32_t tag) { return (void)tag, cmc_allocate(size, CMC_POOL); }
static void cmc_pool_free(void* memory) { cmc_release(memory, CMC_POOL); }
static void cmc_epoch_enter(void* state) { (void)state, cmc_epochs += 1; }
static void cmc_epoch_exit(void* state)
{
    (void)state;
    if (--cmc_epochs < 0) cmc_fail("it left an epoch that it had not entered");
}
static ebpf_result_t cmc_find_element(const void* map, const uint8_t* key, uint8_t** value)
{
    (void)map, (void)key;
    *value = NULL;
    return EBPF_KEY_NOT_FOUND;
}
