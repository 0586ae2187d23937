"""gluon.utils: splitting, clipping, downloading, hooks."""

import hashlib
import http.server
import pickle
import threading
from collections import OrderedDict

import numpy as np
import pytest

import mxnb as mx
from mxnb.gluon import utils


@pytest.mark.parametrize(
    ("slices", "expected"),
    [(1, [7]), (2, [4, 3]), (3, [3, 2, 2]), (4, [2, 2, 2, 1]), (7, [1] * 7), (9, [1] * 7 + [0, 0])],
)
def test_uneven_split(slices, expected):
    parts = utils.split_data(mx.nd.arange(7), slices, even_split=False)
    assert [len(part) for part in parts] == expected
    assert np.concatenate([part.asnumpy() for part in parts]).tolist() == list(range(7))


def test_split_is_a_view_along_axis_0():
    x = mx.nd.zeros((4, 3))
    utils.split_data(x, 2)[1][:] = 5
    assert x.asnumpy().tolist() == [[0] * 3] * 2 + [[5] * 3] * 2
    assert [part.shape for part in utils.split_data(x, 3, batch_axis=1)] == [(4, 1)] * 3


def test_split_errors():
    with pytest.raises(ValueError, match=r"shape \(7,\) has 7 samples on axis 0, which 2 slices do not divide"):
        utils.split_data(mx.nd.zeros(7), 2)
    with pytest.raises(ValueError, match="num_slice is 0"):
        utils.split_data(mx.nd.zeros(7), 0)


def test_split_and_load():
    parts = utils.split_and_load(np.arange(4), [mx.cpu(0), mx.cpu(1)])
    assert [part.context for part in parts] == [mx.cpu(0), mx.cpu(1)]
    assert [part.asnumpy().tolist() for part in parts] == [[0, 1], [2, 3]]
    assert parts[0].dtype == np.float32
    assert utils.split_and_load(mx.nd.zeros((2, 2)), [mx.cpu(3)])[0].context == mx.cpu(3)


def test_clip_global_norm():
    x, y = mx.nd.array([3, 4]), mx.nd.array([[12]])
    norm = utils.clip_global_norm([x, y], 1.0)
    assert isinstance(norm, float)
    assert norm == pytest.approx(13)
    np.testing.assert_allclose(x.asnumpy(), [3 / 13, 4 / 13], rtol=1e-6)
    np.testing.assert_allclose(y.asnumpy(), [[12 / 13]], rtol=1e-6)
    x = mx.nd.array([3, 4])
    norm = utils.clip_global_norm([x], 1.0, check_isfinite=False)
    assert norm.shape == (1,)
    assert norm.asscalar() == pytest.approx(5)
    np.testing.assert_allclose(x.asnumpy(), [0.6, 0.8], rtol=1e-6)
    x = mx.nd.array([3, 4])
    assert utils.clip_global_norm([x], 10) == 5.0
    assert x.asnumpy().tolist() == [3, 4]
    with pytest.warns(UserWarning, match="norm is inf"):
        utils.clip_global_norm([mx.nd.array([np.inf])], 1)
    with pytest.raises(ValueError, match="arrays is empty"):
        utils.clip_global_norm([], 1)


def test_shape_is_known():
    assert utils.shape_is_known((2, 3))
    for shape in (None, (), (0,), (2, 0), (2, -1)):
        assert not utils.shape_is_known(shape)


def test_hook_handle():
    class Hooks(OrderedDict):
        pass

    hooks, handle = Hooks(), utils.HookHandle()
    handle.attach(hooks, print)
    with pytest.raises(mx.MXNetError, match="has a hook already"):
        handle.attach(hooks, len)
    with handle:
        assert list(hooks.values()) == [print]
    assert not hooks
    handle.detach()
    handle = utils.HookHandle()
    handle.attach(hooks, print)
    del hooks
    handle.detach()


def test_hook_handle_is_pickled_with_its_hooks():
    hooks, handle = OrderedDict(), utils.HookHandle()
    handle.attach(hooks, len)
    hooks, handle = pickle.loads(pickle.dumps((hooks, handle)))
    handle.detach()
    assert not hooks


@pytest.fixture
def server():
    """A server of one file, ``/file.bin``; ``server.content``, ``server.short`` and ``server.asked`` steer it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            outer.asked += 1
            if self.path != "/file.bin":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(outer.content) + outer.short))
            self.end_headers()
            self.wfile.write(outer.content)

        def log_message(self, *args):
            pass

    outer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    outer.content, outer.short, outer.asked = b"content", 0, 0
    outer.url = f"http://127.0.0.1:{outer.server_address[1]}/file.bin"
    thread = threading.Thread(target=outer.serve_forever)
    thread.start()
    yield outer
    outer.shutdown()
    thread.join()
    outer.server_close()


def sha1(content):
    return hashlib.sha1(content).hexdigest()


def test_download(server, tmp_path):
    path = utils.download(server.url, str(tmp_path))
    assert path == str(tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == b"content"
    utils.download(server.url, str(tmp_path), sha1_hash=sha1(b"content"))
    assert server.asked == 1
    (tmp_path / "file.bin").write_bytes(b"damaged")
    utils.download(server.url, str(tmp_path), sha1_hash=sha1(b"content"))
    assert (tmp_path / "file.bin").read_bytes() == b"content"
    utils.download(server.url, str(tmp_path), overwrite=True)
    assert server.asked == 3
    assert utils.download(server.url, str(tmp_path / "new" / "name")) == str(tmp_path / "new" / "name")
    assert utils.check_sha1(tmp_path / "new" / "name", sha1(b"content"))
    assert not utils.check_sha1(tmp_path / "new" / "name", sha1(b"x"))


def test_failed_downloads_leave_the_old_file(server, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with pytest.raises(mx.MXNetError, match=r"cannot fetch http://.* its SHA-1 is .*, needs 0000"):
        utils.download(server.url, str(path), sha1_hash="0" * 40, retries=1)
    assert server.asked == 2
    server.short = 5
    with pytest.raises(mx.MXNetError, match="ended after 7 of 12 bytes"):
        utils.download(server.url, str(path), overwrite=True, retries=0)
    with pytest.raises(mx.MXNetError, match="404"):
        utils.download(server.url + "x", str(path), overwrite=True, retries=9)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.bin"]


def test_download_arguments(tmp_path):
    with pytest.raises(ValueError, match="does not end in the name of a file"):
        utils.download("http://127.0.0.1:9/")
    with pytest.raises(ValueError, match="retries is -1"):
        utils.download("http://127.0.0.1:9/x", str(tmp_path), retries=-1)
    with pytest.raises(mx.MXNetError, match="cannot fetch"):
        utils.download("http://127.0.0.1:9/x", str(tmp_path), retries=0)
