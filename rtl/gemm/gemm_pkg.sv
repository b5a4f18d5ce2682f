// What the parts of the GEMM core say to each other. Widths fit every legal parameter.

/// Types only. Byte addresses inside a half buffer have 20 bits, accumulator addresses 16.
package gemm_pkg;
  // a user of the package need not use all of it
  /* verilator lint_off UNUSEDPARAM */

  /// Largest block: what the scale memories hold.
  localparam int unsigned MaxTileM = 512;
  localparam int unsigned MaxTileN = 512;
  /// Blocks whose loads may be under way or whose results are not drained yet.
  localparam int unsigned BlockSlots = 4;

  localparam logic [1:0] LayoutRows = 2'd0;
  localparam logic [1:0] LayoutTransposed = 2'd1;
  localparam logic [1:0] LayoutPacked = 2'd2;
  localparam logic [1:0] OutInt32 = 2'd0;
  localparam logic [1:0] OutInt8 = 2'd2;

  /// Read tags: what a segment is. A and B: {1, is B, last segment of its slab}.
  localparam logic [2:0] TagRowScale = 3'd0;
  localparam logic [2:0] TagColScale = 3'd1;
  localparam logic [2:0] TagBias = 3'd2;
  localparam logic [2:0] TagC = 3'd3;

  /// A checked descriptor and what follows from it.
  typedef struct packed {
    logic [19:0] m;
    logic [19:0] n;
    logic [16:0] k;
    logic [1:0]  layout;
    logic [1:0]  out_type;
    logic        accumulate;
    logic        bias;
    logic [39:0] a_addr;
    logic [39:0] b_addr;
    logic [39:0] c_addr;
    logic [39:0] row_scale_addr;
    logic [39:0] col_scale_addr;
    logic [39:0] bias_addr;
    logic [31:0] lda;
    logic [31:0] b_stride;     // bytes from one B segment to the next: ldb, or a column of packed tiles
    logic [31:0] ldc;
    logic [9:0]  tile_m;       // block: rows
    logic [7:0]  tile_n;       // block: array columns
    logic [9:0]  tile_nc;      // block: columns
    logic [19:0] tile_kr;      // slab: elements of K
    logic [19:0] a_pitch;      // bytes from row to row in a half of the A buffer
    logic [19:0] b_pitch;      // bytes from segment to segment in a half of the B buffer
    logic [6:0]  b_words;      // loads per weight tile
    logic [19:0] b_word_step;  // bytes from load to load of a tile
    logic [19:0] b_kt_step;    // bytes to the next tile along K
    logic [19:0] b_nt_step;    // bytes to the next tile along N
    logic [19:0] b_last;       // bytes from a tile's first load to its last
    logic        early_swap;   // a tile may be swapped in while its last rows are still being loaded
    logic        b_first;      // load B before A
    logic        single_k;     // K fits in one slab
    logic        single_n;     // N fits in one block
  } cfg_t;

  /// A slab: one piece of K of one block.
  typedef struct packed {
    logic [9:0]  mrows;      // rows of A
    logic [7:0]  nts;        // array columns
    logic [13:0] kts;        // array rows
    logic [6:0]  k_tail;     // elements of K in the last array row of tiles
    logic        a_half;
    logic        b_half;
    logic        release_a;  // the next slab has another A
    logic        release_b;
    logic        first;      // first slab of its block
    logic        last;       // last slab of its block
  } slab_t;

  /// A block of C.
  typedef struct packed {
    logic [9:0] mrows;
    logic [9:0] ncols;
    logic       last_n;  // the next block begins a new set of rows
    logic       last;    // the operation's last block
  } block_t;

  /// A weight tile that is in (or on its way to) the shadow registers.
  typedef struct packed {
    logic        a_half;
    logic        b_half;
    logic [19:0] a_addr;       // of its column of A
    logic [19:0] b_last_addr;  // of its last load
    logic [9:0]  mrows;
    logic [6:0]  k_valid;      // rows that count
    logic [7:0]  nt;           // array column in the block
    logic        first_k;      // writes the accumulators; later tiles add
    logic        last_k;       // makes them final
    logic        release_a;    // last user of its slab of A
    logic        block_first;
    logic        block_last;
  } tile_t;

  /// What travels with a row of A through the array.
  typedef struct packed {
    logic        half;        // of the accumulators
    logic [15:0] addr;        // row of the accumulators
    logic        first_k;
    logic        last_k;
    logic        tile_end;    // last row of its tile
    logic        block_end;   // last row of its block
  } acc_tag_t;
  localparam int unsigned AccTagW = 21;
  localparam int unsigned SlabW = 45;
  localparam int unsigned BlockW = 22;

  /* verilator lint_on UNUSEDPARAM */
endpackage
