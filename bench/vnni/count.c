// A plugin of QEMU's user mode emulation of x86-64 that counts the instructions a guest executes between two marks, by class. The guest
// sets the marks by umask(0101) and umask(0102); the second prints one line to stderr: COUNT dot vector other. A call of code that
// emulate.c made counts as the one instruction that it replaces, and that code not at all.
// Declarations: QEMU 7.2, include/qemu/qemu-plugin.h, version 1 of the interface.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
typedef void (*translation)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*system_call)(qemu_plugin_id_t, unsigned int, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, enum qemu_plugin_op, void *, uint64_t);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, system_call);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { dot, vector, other, classes };
enum { umask_number = 95, begin_mark = 0101, end_mark = 0102 };
static uint64_t counts[classes], before[classes];
static const uint8_t emulation_mark[] = {0x0f, 0x1f, 0x80, 'V', 'N', 'N', 'I'};

static void add(struct qemu_plugin_tb *block, int class, uint64_t count) {
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &counts[class], count);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  uint64_t found[classes] = {0};
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
    const struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
    const uint8_t *bytes = qemu_plugin_insn_data(instruction);
    if (i == 0 && qemu_plugin_insn_size(instruction) == sizeof emulation_mark && !memcmp(bytes, emulation_mark, sizeof emulation_mark)) {
      add(block, dot, 1);
      // The call was counted with its block.
      add(block, other, -(uint64_t)1);
      return;
    }
    // In 64-bit mode these bytes begin VEX instructions only: AVX, AVX2, FMA and the like.
    found[bytes[0] == 0xc4 || bytes[0] == 0xc5 ? vector : other]++;
  }
  for (int i = 0; i < classes; i++) if (found[i]) add(block, i, found[i]);
}

static void called(qemu_plugin_id_t id, unsigned int thread, int64_t number, uint64_t mark, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                   uint64_t f, uint64_t g, uint64_t h) {
  if (number != umask_number) return;
  if (mark == begin_mark) memcpy(before, counts, sizeof before);
  if (mark != end_mark) return;
  fprintf(stderr, "COUNT");
  for (int i = 0; i < classes; i++) fprintf(stderr, " %llu", (unsigned long long)(counts[i] - before[i]));
  fputc('\n', stderr);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments) {
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  return 0;
}
