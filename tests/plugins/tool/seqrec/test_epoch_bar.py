"""The bar of a training in a notebook."""

import subprocess
import sys

from seqrec.epoch_bar import EpochBar, in_notebook


def test_it_moves_with_the_epochs():
    shown = []

    def show(html):
        shown.append(html)
        return shown.append

    bar = EpochBar(20, "ndcg@10", show)
    bar({"epoch": 3.0, "train_loss": 1.25, "ndcg@10": 0.5, "recall@10": 0.6})
    assert '<progress value="0" max="20">' in shown[0]
    assert '<progress value="3" max="20">' in shown[1]
    assert "epoch 3/20  train_loss 1.2500  ndcg@10 0.5000<" in shown[1]


def test_without_a_number_of_epochs_it_has_words_alone():
    bar = EpochBar(None, None, lambda _: print)
    assert bar.html({"epoch": 2.0, "train_loss": 1.0}) == "<div>epoch 2  train_loss 1.0000</div>"


def test_a_script_is_no_notebook_even_with_ipython():
    assert not in_notebook()
    code = "import IPython; from seqrec.epoch_bar import in_notebook; assert not in_notebook()"
    subprocess.run([sys.executable, "-c", code], check=True)
