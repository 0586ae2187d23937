"""Train a language model, character by character, on the manual that comes with Python: two minutes' work.

    python examples/language_model.py
    python examples/language_model.py --epochs 10 --hidden 256
    python examples/language_model.py --ctx gpu

An LSTM reads the text (the pages that `help("for")` and the like show) and guesses each next character. Reported are
bits per character: 8 for guessing bytes, about 4.5 for knowing how frequent each is, 2 and less for one that spells.
At the end it writes some text of its own, its parameters, and a picture of the learning curve if matplotlib is there.
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

import mxnb as mx
from mxnb import autograd, gluon
from mxnb.gluon import nn, rnn


class LanguageModel(gluon.HybridBlock):
    """Scores of the next character, from those before; data is (steps, batch)."""

    def __init__(self, characters, hidden, layers, dropout, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.embedding = nn.Embedding(characters, hidden)
            self.memory = rnn.LSTM(hidden, layers, dropout=dropout, input_size=hidden)
            self.scores = nn.Dense(characters, flatten=False, in_units=hidden)

    def hybrid_forward(self, F, x, states):
        output, states = self.memory(self.embedding(x), states)
        return self.scores(output), states


class Text:
    """Text as numbers: the place of each character in `alphabet`."""

    def __init__(self, text, alphabet=None):
        self.alphabet = alphabet or "".join(sorted(set(text)))
        place = {character: i for i, character in enumerate(self.alphabet)}
        self.numbers = np.array([place[character] for character in text], dtype="float32")

    def batches(self, numbers, batch_size, length, ctx):
        """Pairs of data and labels, (length, batch): `batch_size` places in the text, which go on in the next pair."""
        count = (len(numbers) - 1) // batch_size
        data = numbers[: count * batch_size].reshape(batch_size, count).T
        label = numbers[1 : count * batch_size + 1].reshape(batch_size, count).T
        for start in range(0, count - length + 1, length):
            pair = data[start : start + length], label[start : start + length]
            yield tuple(mx.nd.array(np.ascontiguousarray(x), ctx=ctx) for x in pair)


def bits(net, text, numbers, args, ctx):
    """Bits per character that the model needs for a text."""
    loss_function, total, count = gluon.loss.SoftmaxCrossEntropyLoss(), 0.0, 0
    states = net.memory.begin_state(args.batch_size, ctx=ctx)
    for data, label in text.batches(numbers, args.batch_size, args.length, ctx):
        scores, states = net(data, states)
        total += loss_function(scores.reshape((-1, len(text.alphabet))), label.reshape(-1)).sum().asscalar()
        count += label.size
    return total / count / math.log(2)


def train(net, text, training, held_out, args, ctx):
    """The learning curve: (training, held out) in bits per character after each epoch."""
    loss_function = gluon.loss.SoftmaxCrossEntropyLoss()
    loss_function.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": args.lr})
    curve = []
    for epoch in range(args.epochs):
        states, losses, start = net.memory.begin_state(args.batch_size, ctx=ctx), [], time.perf_counter()
        for data, label in text.batches(training, args.batch_size, args.length, ctx):
            states = [state.detach() for state in states]  # gradients end here, the memory goes on
            with autograd.record():
                scores, states = net(data, states)
                loss = loss_function(scores.reshape((-1, len(text.alphabet))), label.reshape(-1)).mean()
            loss.backward()
            gluon.utils.clip_global_norm([p.grad(ctx) for p in net.collect_params().values()], args.clip)
            trainer.step(1)
            losses.append(loss)
        mean = sum(loss.asscalar() for loss in losses) / len(losses) / math.log(2)
        curve.append((mean, bits(net, text, held_out, args, ctx)))
        seconds = time.perf_counter() - start
        print(
            f"epoch {epoch + 1:2d}/{args.epochs}: {curve[-1][0]:.3f} bits, held out {curve[-1][1]:.3f}, {seconds:.0f} s"
        )
    return curve


def write(net, text, begin, count, ctx, temperature=0.7):
    """Text by the model: each character drawn from what it expects after those before."""
    states, found = net.memory.begin_state(1, ctx=ctx), list(begin)
    for i in range(len(begin) + count - 1):
        number = text.alphabet.index(found[i])
        scores, states = net(mx.nd.array([[number]], ctx=ctx), states)
        if i >= len(begin) - 1:
            odds = mx.nd.softmax(scores.reshape(-1), temperature=temperature)
            found.append(text.alphabet[int(mx.nd.sample_multinomial(odds).asscalar())])
    return "".join(found)


def draw(curve, path):
    """The learning curve as a picture."""
    try:
        import matplotlib as mpl
    except ImportError:
        return
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    for name, values in zip(("training", "held out"), zip(*curve)):
        axes.plot(range(1, len(curve) + 1), values, marker=".", label=name)
    axes.set(xlabel="epoch", ylabel="bits per character")
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")
    print(f"wrote {path}")


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--characters", type=int, default=250_000, help="how much of the manual to read")
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--length", type=int, default=50, help="steps that gradients flow back")
    parser.add_argument("--lr", type=float, default=0.005)
    parser.add_argument("--clip", type=float, default=1.0, help="largest norm of all gradients together")
    parser.add_argument("--ctx", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("language_model"))
    return parser.parse_args(arguments)


def main():
    args = parse()
    ctx = mx.cpu() if args.ctx == "cpu" else mx.gpu()
    try:
        mx.nd.zeros(1, ctx=ctx)
    except mx.MXNetError as error:
        sys.exit(f"--ctx {args.ctx}: {error}")
    args.out.mkdir(parents=True, exist_ok=True)
    mx.random.seed(args.seed)

    text = Text("\n".join(topics[name] for name in sorted(topics))[: args.characters])
    split = len(text.numbers) * 9 // 10
    training, held_out = text.numbers[:split], text.numbers[split:]
    print(f"{len(text.numbers)} characters, {len(text.alphabet)} different ones")

    net = LanguageModel(len(text.alphabet), args.hidden, args.layers, args.dropout, prefix="language_")
    net.initialize(mx.init.Xavier(), ctx=ctx)
    net.hybridize(static_alloc=True)
    curve = train(net, text, training, held_out, args, ctx)

    path = args.out / "language.params"
    net.save_parameters(str(path))
    (args.out / "alphabet.json").write_text(json.dumps(text.alphabet))
    print(f"wrote {path}")
    draw(curve, args.out / "language.png")
    print(write(net, text, "The ", 300, ctx))


if __name__ == "__main__":
    main()
