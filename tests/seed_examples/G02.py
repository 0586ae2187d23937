"""optimization: init_params."""

# continues: G01

mod.init_params(mx.initializer.Uniform(scale=1.0))
arg, aux = mod.get_params()
w = arg["fc_weight"].asnumpy()
print(w.shape, bool((abs(w) <= 1).all()), bool(abs(w).max() > 0.9), arg["fc_bias"].asnumpy(), aux)

# prints:
# (10, 20) True True [0. 0. 0. 0. 0. 0. 0. 0. 0. 0.] {}
