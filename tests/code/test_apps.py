"""Programs as people write them: each line that lacks something is marked with the rule that says so."""

import re

import pytest

from checker.code.rules import load_rules
from checker.code.scan import Scanner
from checker.sources.code import rule_files

SCANNER = Scanner(load_rules(rule_files(), samples=False))
APPS = {
    "checkout.py": '''
"""Checkout: prices, stock and payment are other services."""
import os
import queue
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import requests
from fastapi import FastAPI
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from checkout import stock_pb2, stock_pb2_grpc
from checkout.clients import payment

app = FastAPI()
engine = create_engine(os.environ["DATABASE_URL"], pool_size=5)
mails = queue.Queue()  # expect: python-queue-unbounded
pool = ThreadPoolExecutor(max_workers=4)
prices = httpx.Client(base_url="http://prices", timeout=2)
stock = stock_pb2_grpc.StockStub(grpc.insecure_channel(os.environ["STOCK"]))


@retry(stop=stop_after_attempt(3), wait=wait_random_exponential(max=2), retry=retry_if_exception_type(requests.ConnectionError))
def rates():
    return requests.get("http://rates:8080/today", timeout=(1, 3)).json()


@retry(stop=stop_after_attempt(3))  # expect: python-tenacity-everything, python-tenacity-without-wait
def vouchers(code):
    return requests.post("http://vouchers:8080/", json={"code": code}).json()  # expect: python-requests-without-timeout


@app.get("/orders")
def orders():
    with Session(engine) as session:
        return session.scalars(select(Order)).all()  # expect: python-sqlalchemy-whole-table


@app.post("/orders")
def order(body: dict):
    reserved = stock.Reserve(stock_pb2.Items(ids=body["items"]))  # expect: python-grpc-without-deadline
    bounded = stock.Price(stock_pb2.Items(ids=body["items"]), timeout=0.5)
    payment.charge(body["card"])
    mails.put(body["mail"])
    return {"price": prices.get("/sum").json(), "reserved": reserved.ok, "sum": bounded.cents}
''',
    "main.go": """
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"google.golang.org/grpc"

	pb "example.com/shop/proto"
)

var bounded = &http.Client{Timeout: 2 * time.Second}

type server struct {
	db     *sql.DB
	client *http.Client
}

func main() {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL")) // expect: go-sql-without-connection-limit
	if err != nil {
		panic(err)
	}
	s := &server{db: db, client: bounded}
	http.HandleFunc("/cart", s.cart)
	http.ListenAndServe(":8080", nil)
}

func (s *server) cart(w http.ResponseWriter, r *http.Request) {
	rates, err := http.Get("http://rates:8080/today") // expect: go-http-default-client
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	json.NewDecoder(rates.Body).Decode(&struct{}{})
	s.client.Get("http://prices:8080/")
	bounded.Get("http://prices:8080/")
	other := http.Client{}
	other.Post("http://vouchers:8080/", "application/json", r.Body) // expect: go-http-client-without-timeout
	req, _ := http.NewRequest("GET", "http://stock:8080/", nil)
	http.DefaultClient.Do(req) // expect: go-http-request-without-bound
	req2, _ := http.NewRequestWithContext(r.Context(), "GET", "http://stock:8080/", nil)
	http.DefaultClient.Do(req2)
}

func stock(conn *grpc.ClientConn, ctx context.Context) {
	client := pb.NewStockClient(conn)
	reply, _ := client.Reserve(context.Background(), &pb.Items{}) // expect: go-grpc-background-context
	client.Reserve(ctx, &pb.Items{})
	_ = reply
}
""",
    "Checkout.java": """
package shop;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.concurrent.*;
import org.springframework.retry.annotation.Retryable;
import org.springframework.stereotype.Service;
import org.springframework.web.client.RestTemplate;

@Service
class Checkout {
  private final RestTemplate rest = new RestTemplate(); // expect: java-resttemplate-without-timeout
  private final ExecutorService workers = Executors.newCachedThreadPool(); // expect: java-cached-thread-pool
  private final BlockingQueue<Mail> mails = new LinkedBlockingQueue<>(); // expect: java-linked-queue-unbounded
  private final BlockingQueue<Mail> bounded = new ArrayBlockingQueue<>(100);
  private final OrderRepository orderRepository;

  Checkout(OrderRepository orders) { this.orderRepository = orders; }

  List<Order> all() {
    return orderRepository.findAll(); // expect: java-jpa-find-all
  }

  @Retryable(maxAttempts = 5) // expect: java-spring-retry-everything
  HttpRequest rates() {
    return HttpRequest.newBuilder() // expect: java-http-client-without-timeout
        .uri(URI.create("http://rates:8080/today"))
        .build();
  }
}
""",
    "app.ts": """
import express from "express";
import axios from "axios";
import axiosRetry from "axios-retry";
import { Pool } from "pg";
import { Order } from "./models/order";

const app = express();
const prices = axios.create({ baseURL: "http://prices", timeout: 2000 });
const vouchers = axios.create({ baseURL: "http://vouchers" });
const pool = new Pool({ host: "db", user: "shop", max: 10 }); // expect: javascript-pg-pool-without-connect-timeout

app.get("/rates", async (req, res) => {
  const rates = await axios.get("http://rates:8080/today"); // expect: javascript-axios-without-timeout
  const stock = await fetch("http://stock:8080/"); // expect: javascript-fetch-without-signal
  const bounded = await fetch("http://stock:8080/", { signal: AbortSignal.timeout(500) });
  res.json([rates.data, await prices.get("/sum"), await stock.json(), bounded.ok]);
});

app.post("/vouchers", async (req, res) => {
  res.json(await vouchers.post("/", req.body)); // expect: javascript-axios-instance-without-timeout
});

app.get("/orders", async (req, res) => {
  const all = await Order.find(); // expect: javascript-mongoose-whole-collection
  res.json(all.concat(await Order.find({ customer: req.query.customer })));
});
""",
}
_MARK = re.compile(r"(?:#|//) expect: (.*)")


@pytest.mark.parametrize("name", APPS)
def test_what_a_program_lacks(name):
    text = APPS[name]
    wanted = {
        (line, rule) for line, each in enumerate(text.split("\n"), 1) if (mark := _MARK.search(each)) for rule in mark[1].split(", ")
    }
    found = SCANNER.scan(name, text.encode())
    assert {(match.line, match.rule) for match in found} == wanted


@pytest.mark.parametrize("name", ["app.js", "app.mts", "app.tsx"])
def test_rules_for_scripts_hold_in_every_grammar(name):
    here, there = (SCANNER.scan(each, APPS["app.ts"].encode()) for each in ("app.ts", name))
    assert [match._replace(file="") for match in there] == [match._replace(file="") for match in here]
