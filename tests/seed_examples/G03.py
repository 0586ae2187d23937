"""optimization: init_optimizer."""

# continues: G02

lr_sch = mx.lr_scheduler.FactorScheduler(step=100, factor=0.9)
mod.init_optimizer(optimizer="sgd", optimizer_params=(("learning_rate", 0.1), ("lr_scheduler", lr_sch)))
print([round(lr_sch(n), 6) for n in (0, 1, 100, 101, 200, 201, 301)])
print(mod._optimizer.rescale_grad)

# prints:
# [0.1, 0.1, 0.1, 0.09, 0.09, 0.081, 0.0729]
# 0.0078125
