"""Module overview: step by step."""

# continues: C02

data.reset()
data_batch = next(data)
mod.init_optimizer()
mod.forward(data_batch)
mod.backward()
mod.update()
print([o.shape for o in mod.get_outputs()])
print(sorted(mod.get_params()[0]))
print(mod.score(data, "acc")[0][0])

# prints:
# [(50, 10)]
# ['fc1_bias', 'fc1_weight', 'fc2_bias', 'fc2_weight']
# accuracy
